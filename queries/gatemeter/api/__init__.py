"""The HTTP API over the query engine and the reports, for programs and for customers with a token of their own."""
