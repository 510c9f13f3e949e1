"""Price books, and what calls to language models cost by them."""
