#pragma once

namespace trunkline::trunkctl {

/// The command line of the suite (INTERFACES section 8). Exit codes: 0 done, 1 failed, 2 wrong
/// usage.
int run(int argc, char** argv);

}  // namespace trunkline::trunkctl
