"""Matching: who is proposed which place, medical need first. Pure values in, pure values out."""
