"""The exact numbers behind a generated file.

Counted from what was made, not from what was written, with plain sums and sorted values: it shares no code and no
method with the pipeline that is checked against it.
"""
