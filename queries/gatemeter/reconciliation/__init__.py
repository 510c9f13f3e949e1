"""What a provider or another system says was used and is to be paid, beside what is counted here."""
