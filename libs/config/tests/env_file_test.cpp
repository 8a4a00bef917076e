#include "env_file.hpp"

#include <fstream>

#include "testing/catch.hpp"
#include "testing/temp_folder.hpp"

using namespace trunkline;

namespace {

std::string value_of(std::string_view line) {
    auto file = config::parse_env_file(line, ".env");
    REQUIRE(file.faults.empty());
    REQUIRE(file.entries.contains("LOG_DIR"));
    return file.entries["LOG_DIR"].value;
}

}  // namespace

TEST_CASE("values stand plain, in quotes and before comments", "[config]") {
    CHECK(value_of("LOG_DIR=logs") == "logs");
    CHECK(value_of("  export LOG_DIR = my logs  ") == "my logs");
    CHECK(value_of("LOG_DIR=logs # a comment") == "logs");
    CHECK(value_of("LOG_DIR=logs#1") == "logs#1");
    CHECK(value_of("LOG_DIR=\"a # b\\n\\\"c\\\"\" # comment") == "a # b\n\"c\"");
    CHECK(value_of("LOG_DIR='a\\n # b'") == "a\\n # b");
    CHECK(value_of("LOG_DIR=a=b") == "a=b");
    CHECK(value_of("LOG_DIR=") == "");
    CHECK(value_of("LOG_DIR=# nothing") == "");
    CHECK(value_of("LOG_DIR=logs\r\n") == "logs");
    CHECK(value_of("\xEF\xBB\xBFLOG_DIR=logs") == "logs");
    CHECK(value_of("LOG_DIR=first\n\n# comment\nLOG_DIR=last") == "last");
}

TEST_CASE("a name that no program of the suite has is a fault with a hint", "[config]") {
    const auto file =
        config::parse_env_file("LOG_DIR=logs\nINGEST_PROT=1\nHELLO_WORLD=2\n", ".env");
    REQUIRE(file.faults.size() == 2);
    CHECK(file.faults[0].path == "INGEST_PROT");
    CHECK(
        file.faults[0].detail ==
        "is not a setting of this suite (from .env line 2). Did you mean INGEST_PORT?"
    );
    CHECK(file.faults[1].detail == "is not a setting of this suite (from .env line 3).");
    CHECK(file.entries.size() == 1);
}

TEST_CASE("malformed lines are faults that show no value", "[config]") {
    const auto file = config::parse_env_file(
        "hello\nJWT_SECRET=\"abc\nADMIN_TOKEN='abc' abc\n=abc\n1X=abc\n", "test.env"
    );
    REQUIRE(file.faults.size() == 5);
    CHECK(file.faults[0] == base::FieldError{"test.env line 1", "is not of the form KEY=VALUE"});
    CHECK(
        file.faults[1] ==
        base::FieldError{"JWT_SECRET", "has a broken quotation (from test.env line 2)"}
    );
    CHECK(file.faults[2].path == "ADMIN_TOKEN");
    CHECK(file.faults[3].path == "test.env line 4");
    CHECK(file.faults[4].path == "test.env line 5");
    for (const auto& fault : file.faults) {
        CHECK(fault.detail.find("abc") == std::string::npos);
    }
}

TEST_CASE("a missing file is empty and a folder in its place is a fault", "[config]") {
    const testing::TempFolder folder;
    const auto missing = config::read_env_file(folder.path() / ".env");
    CHECK(missing.entries.empty());
    CHECK(missing.faults.empty());
    CHECK(config::read_env_file(folder.path()).faults.size() == 1);
    std::ofstream(folder.path() / ".env") << "LOG_DIR=x";
    CHECK(config::read_env_file(folder.path() / ".env").entries.size() == 1);
}
