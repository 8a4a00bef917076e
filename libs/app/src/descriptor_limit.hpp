#pragma once

namespace trunkline::app {

/// Takes as many descriptors as the system lets this process have: each connection is one, and a
/// shell's usual soft limit of 1024 would end the service's 10,000 idle connections early. The hard
/// limit is the operator's and stays. Whoever calls select() must not, for its sets end at 1024.
void raise_descriptor_limit();

}  // namespace trunkline::app
