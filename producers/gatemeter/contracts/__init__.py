"""The wire contract between all stages: frames, events, topics, money, time and the error tree."""
