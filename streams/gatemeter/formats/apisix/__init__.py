"""Access logs of Apache APISIX."""
