"""Where files of an export go: a directory, S3, or an HTTP server. None of them shows a credential in an error."""
