"""How the time of answers grows with the log: a store as a month of a billion events leaves it, and questions to it."""
