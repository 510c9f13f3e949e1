"""The main job from end to end, on generated traffic whose truth is known."""
