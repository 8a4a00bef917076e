#ifdef TRUNKLINE_CATCH2_V2
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#else
#include <catch2/catch_session.hpp>
#endif

#include <csignal>

int main(int argc, char** argv) {
    // Our services ignore SIGPIPE; tests that talk to breaking peers must see the same error codes.
    std::signal(SIGPIPE, SIG_IGN);
    return Catch::Session().run(argc, argv);
}
