"""Why two layers differ: hypotheses, each tried by changing one thing and measuring again."""
