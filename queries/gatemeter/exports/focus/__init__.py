"""Bills in the columns of FOCUS, the FinOps Open Cost and Usage Specification (https://focus.finops.org)."""
