"""The exact numbers behind a generated log.

They are counted from what was made and not from what was written, with plain sums and sorted values: the truth shares
neither code nor method with the pipeline that is checked against it.
"""
