// Something for the target to build besides its precompiled header.
