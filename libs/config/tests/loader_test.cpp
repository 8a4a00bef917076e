#include "config/loader.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "base/redact.hpp"
#include "testing/catch.hpp"
#include "testing/temp_folder.hpp"

using namespace trunkline;
using config::Loader;
using namespace std::chrono_literals;

namespace {

class Variable {
public:
    Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
    ~Variable() { unsetenv(name_); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

private:
    const char* name_;
};

/// A program with one setting of each kind, and a folder for its .env file.
struct Program {
    std::uint16_t port = 8000;
    std::string host = "127.0.0.1";
    std::string format = "text";
    std::string url = "postgresql://trunk:default-password@localhost/trunkline";
    std::filesystem::path folder = "logs";
    std::vector<std::string> proxies = {"127.0.0.1", "::1"};
    bool loopback = false;
    int workers = 1;
    std::uint64_t journal_bytes = 1024;
    std::chrono::milliseconds budget{20};
    std::chrono::seconds drain{10};

    testing::TempFolder place;
    std::ostringstream out;
    std::ostringstream error;
    Loader loader{"ingest", "takes PBX webhooks", "1.2.3"};

    Program() {
        loader.print_to(out, error);
        loader.add("INGEST_PORT", port, "Port to listen on.");
        loader.add("BIND_HOST", host, "Address to listen on.");
        loader.add_choice("LOG_FORMAT", format, {"text", "json"}, "Form of log lines.");
        loader.add_secret("DATABASE_URL", url, "PostgreSQL.");
        loader.add("LOG_DIR", folder, "Folder of the logs.");
        loader.add("TRUSTED_PROXIES", proxies, "Networks whose forwarded headers count.");
        loader.add("ALLOW_LOOPBACK_UPSTREAMS", loopback, "For tests.");
        loader.add("INGEST_WORKERS", workers, "Threads.", {1, 64});
        loader.add("JOURNAL_MAX_BYTES", journal_bytes, "Size of the journal.");
        loader.add("NAME_BUDGET_MS", budget, "Wait for a name.");
        loader.add("DRAIN_SECONDS", drain, "Time to end.", {0, 600});
    }

    void write_env(std::string_view text) const { std::ofstream(place.path() / ".env") << text; }

    base::Result<config::Action> load(std::vector<const char*> arguments = {}) {
        arguments.insert(arguments.begin(), "ingest");
        return loader.load(
            static_cast<int>(arguments.size()), arguments.data(), place.path() / ".env"
        );
    }

    std::string only_fault(std::vector<const char*> arguments = {}) {
        const auto loaded = load(std::move(arguments));
        REQUIRE_FALSE(loaded.has_value());
        REQUIRE(loaded.error().fields.size() == 1);
        return loaded.error().fields[0].path + ": " + loaded.error().fields[0].detail;
    }
};

}  // namespace

TEST_CASE("without any input the defaults stand", "[config]") {
    Program program;
    CHECK(program.load() == config::Action::run);
    CHECK(program.port == 8000);
    CHECK(program.format == "text");
    CHECK(program.out.str().empty());
}

TEST_CASE("every kind of value is read from the .env file", "[config]") {
    Program program;
    program.write_env(
        "INGEST_PORT=9000\nBIND_HOST=0.0.0.0\nLOG_FORMAT=json\nDATABASE_URL=postgresql://"
        "x\nLOG_DIR=/var/log\n"
        "TRUSTED_PROXIES=10.0.0.0/8, 127.0.0.1,\nALLOW_LOOPBACK_UPSTREAMS=Yes\nINGEST_WORKERS=4\n"
        "JOURNAL_MAX_BYTES=5000000000\nNAME_BUDGET_MS=50\nDRAIN_SECONDS=3\nCALL_DESK_PORT=not "
        "ours, not read\n"
    );
    CHECK(program.load() == config::Action::run);
    CHECK(program.port == 9000);
    CHECK(program.host == "0.0.0.0");
    CHECK(program.format == "json");
    CHECK(program.url == "postgresql://x");
    CHECK(program.folder == "/var/log");
    CHECK(program.proxies == std::vector<std::string>{"10.0.0.0/8", "127.0.0.1"});
    CHECK(program.loopback);
    CHECK(program.workers == 4);
    CHECK(program.journal_bytes == 5'000'000'000U);
    CHECK(program.budget == 50ms);
    CHECK(program.drain == 3s);
}

TEST_CASE("a flag goes before the environment, that before the .env file", "[config]") {
    Program program;
    program.write_env("INGEST_PORT=1\nBIND_HOST=file\nLOG_DIR=file\n");
    const Variable port("INGEST_PORT", "2");
    const Variable host("BIND_HOST", "environment");
    const Variable folder("LOG_DIR", "");
    CHECK(program.load({"--INGEST_PORT", "3"}) == config::Action::run);
    CHECK(program.port == 3);
    CHECK(program.host == "environment");
    CHECK(program.folder == "file");
}

TEST_CASE("flags come in both spellings, with and without an equals sign", "[config]") {
    Program program;
    CHECK(
        program.load(
            {"--INGEST_PORT=1",
             "--ingest-port",
             "9001",
             "--bind-host=[::1]",
             "--LOG_DIR=",
             "--log-format",
             "",
             "--ALLOW_LOOPBACK_UPSTREAMS",
             "--trusted-proxies=a=b,c"}
        ) == config::Action::run
    );
    CHECK(program.port == 9001);
    CHECK(program.host == "[::1]");
    CHECK(program.folder == "logs");
    CHECK(program.format == "text");
    CHECK(program.loopback);
    CHECK(program.proxies == std::vector<std::string>{"a=b", "c"});
}

TEST_CASE("a switch can be put off by its flag", "[config]") {
    Program program;
    program.loopback = true;
    CHECK(program.load({"--allow-loopback-upstreams=off"}) == config::Action::run);
    CHECK_FALSE(program.loopback);
}

TEST_CASE("a malformed value says what it is, what was expected and where it stands", "[config]") {
    Program program;
    program.write_env("LOG_DIR=x\n\nINGEST_PORT=abc\n");
    CHECK(
        program.only_fault() ==
        "INGEST_PORT: \"abc\" is not a number from 1 to 65535 (from .env line 3)"
    );
}

TEST_CASE("each kind has its own complaint", "[config]") {
    struct Case {
        const char* flag;
        std::string complaint;
    };
    const std::vector<Case> cases = {
        {"--INGEST_PORT=0",
         "INGEST_PORT: \"0\" is not a number from 1 to 65535 (from the command line)"},
        {"--INGEST_PORT=65536",
         "INGEST_PORT: \"65536\" is not a number from 1 to 65535 (from the command line)"},
        {"--INGEST_PORT=80 ",
         "INGEST_PORT: \"80 \" is not a number from 1 to 65535 (from the command line)"},
        {"--INGEST_WORKERS=0x4",
         "INGEST_WORKERS: \"0x4\" is not a number from 1 to 64 (from the command line)"},
        {"--JOURNAL_MAX_BYTES=-1",
         "JOURNAL_MAX_BYTES: \"-1\" is not a number of at least 0 (from the command line)"},
        {"--JOURNAL_MAX_BYTES=99999999999999999999",
         "JOURNAL_MAX_BYTES: \"99999999999999999999\" is not a number of at least 0 (from the "
         "command line)"},
        {"--NAME_BUDGET_MS=1.5",
         "NAME_BUDGET_MS: \"1.5\" is not a number of milliseconds of at least 0 (from the command "
         "line)"},
        {"--DRAIN_SECONDS=601",
         "DRAIN_SECONDS: \"601\" is not a number of seconds from 0 to 600 (from the command line)"},
        {"--LOG_FORMAT=xml", "LOG_FORMAT: \"xml\" is not one of text, json (from the command line)"
        },
        {"--ALLOW_LOOPBACK_UPSTREAMS=maybe",
         "ALLOW_LOOPBACK_UPSTREAMS: \"maybe\" is not one of 1, true, yes, on, 0, false, no, off "
         "(from the command "
         "line)"},
    };
    for (const auto& [flag, complaint] : cases) {
        Program program;
        CHECK(program.only_fault({flag}) == complaint);
    }
}

TEST_CASE("all faults come together", "[config]") {
    Program program;
    program.write_env("INGEST_PROT=1\nINGEST_PORT=x\n");
    const Variable format("LOG_FORMAT", "yaml");
    const auto loaded = program.load({"--no-such-thing", "5"});
    REQUIRE_FALSE(loaded.has_value());
    CHECK(loaded.error().code == base::Errc::invalid_input);
    CHECK(loaded.error().fields.size() == 4);
    CHECK_THAT(base::describe(loaded.error()), ContainsSubstring("Did you mean INGEST_PORT?"));
    CHECK_THAT(
        base::describe(loaded.error()),
        ContainsSubstring("\"yaml\" is not one of text, json (from the environment)")
    );
}

TEST_CASE("unknown flags are refused with a hint", "[config]") {
    CHECK(
        Program().only_fault({"--ingest-prot", "5"}) ==
        "--ingest-prot: is not known. Did you mean --INGEST_PORT?"
    );
    CHECK(Program().only_fault({"--whatever=secret"}) == "--whatever: is not known. See --help.");
    CHECK(
        Program().only_fault({"--voip-port=1"}) ==
        "--voip-port: is a setting of other programs, ingest has no use for it"
    );
    CHECK(Program().only_fault({"start"}) == "start: is not expected on the command line");
    CHECK_THAT(Program().only_fault({"--INGEST_PORT"}), ContainsSubstring("command line: "));
}

TEST_CASE("help lists every setting with its default, but no secret", "[config]") {
    Program program;
    CHECK(program.load({"--help", "--INGEST_PORT=broken"}) == config::Action::exit_ok);
    const auto text = program.out.str();
    for (const auto* part :
         {"ingest 1.2.3: takes PBX webhooks",
          "--INGEST_PORT NUMBER",
          "Port to listen on. [8000]",
          "text|json",
          "[127.0.0.1,::1]",
          "--DATABASE_URL",
          "SECRET",
          "--check-config",
          "--version",
          "[logs]"}) {
        CAPTURE(text);
        CHECK_THAT(text, ContainsSubstring(part));
    }
    CHECK(text.find("default-password") == std::string::npos);
}

TEST_CASE("the version is printed alone", "[config]") {
    Program program;
    CHECK(program.load({"--version"}) == config::Action::exit_ok);
    CHECK(program.out.str() == "ingest 1.2.3\n");
}

TEST_CASE("a valid configuration is said to be so", "[config]") {
    Program program;
    CHECK(program.load({"--check-config", "--INGEST_PORT=81"}) == config::Action::exit_ok);
    CHECK(program.out.str() == "configuration is valid\n");
    CHECK(program.error.str().empty());
}

TEST_CASE("checking a configuration prints one line for each fault", "[config]") {
    Program program;
    program.write_env("INGEST_PORT=x\nNOPE=1\n");
    const auto loaded = program.load({"--check-config"});
    REQUIRE_FALSE(loaded.has_value());
    CHECK(
        program.error.str() ==
        "NOPE: is not a setting of this suite (from .env line 2).\n"
        "INGEST_PORT: \"x\" is not a number from 1 to 65535 (from .env line 1)\n"
    );
    CHECK(
        base::describe(loaded.error()) == "invalid_input: the configuration is not valid (2 faults)"
    );
}

TEST_CASE("checks across settings run when each by itself is well", "[config]") {
    Program program;
    int runs = 0;
    program.loader.add_check([&]() -> base::Result<> {
        ++runs;
        if (program.port == 666) {
            return base::fail(
                base::Errc::invalid_input, "INGEST_PORT and everything else do not go together"
            );
        }
        return {};
    });
    CHECK(
        program.only_fault({"--ingest-port=666"}) ==
        "settings: INGEST_PORT and everything else do not go together"
    );
    CHECK(runs == 1);
    CHECK_FALSE(program.load({"--log-format=xml"}).has_value());
    CHECK(runs == 1);
}

TEST_CASE("loaded secrets and passwords in their URLs are hidden from the log", "[config]") {
    Program program;
    program.write_env("DATABASE_URL=postgresql://trunk:a-very-secret-word@db/x\n");
    CHECK(program.load() == config::Action::run);
    CHECK(base::redact("it is a-very-secret-word") == "it is ***");
    CHECK(base::redact("url postgresql://trunk:a-very-secret-word@db/x") == "url ***");
}

TEST_CASE(
    "settings that the suite does not know, twins and durations without a unit throw", "[config]"
) {
    Program program;
    std::string text;
    std::chrono::seconds seconds{};
    std::chrono::milliseconds millis{};
    CHECK_THROWS_AS(program.loader.add("NOT_LISTED", text, ""), std::logic_error);
    CHECK_THROWS_AS(program.loader.add("BIND_HOST", text, ""), std::logic_error);
    CHECK_THROWS_AS(program.loader.add("IMPORT_INTERVAL", seconds, ""), std::logic_error);
    CHECK_THROWS_AS(program.loader.add("IMPORT_INTERVAL", millis, ""), std::logic_error);
}
