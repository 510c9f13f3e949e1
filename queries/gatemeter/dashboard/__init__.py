"""The dashboard: pages for a browser that ask the HTTP API, served from files of this package."""
