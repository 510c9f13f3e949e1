"""Whether what is stored is what was consumed."""
