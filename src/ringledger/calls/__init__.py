"""The domain without input or output: call events, legs, sessions, codes and the rules that derive one from another."""
