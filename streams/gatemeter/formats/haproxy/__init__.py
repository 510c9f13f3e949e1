"""HTTP logs of HAProxy."""
