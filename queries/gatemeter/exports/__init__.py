"""Exports of a period: its bill and the usage behind it as rows with ids, for files and for other systems."""
