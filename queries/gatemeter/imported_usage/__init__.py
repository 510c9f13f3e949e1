"""Usage that another system has counted, kept apart from what gatemeter counts.

It is for the history of Kong's billable plugin, whose users go on with `gatemeter report billable`. Nothing adds these
rows to counted ones, and whatever shows them names the source that they are from.
"""
