"""Usage delivered to billing systems: Stripe, OpenMeter, Lago, Orb and Metronome."""
