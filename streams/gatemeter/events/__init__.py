"""The neutral access event, batches of decoded events, and the masks of rejected ones."""
