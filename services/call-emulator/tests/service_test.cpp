#include <boost/asio/this_coro.hpp>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>

#include "base/log.hpp"
#include "base/text.hpp"
#include "httpc/client.hpp"
#include "httpd/server.hpp"
#include "json/schema.hpp"
#include "metrics/registry.hpp"
#include "routes.hpp"
#include "serve.hpp"
#include "testing/catch.hpp"
#include "testing/eventually.hpp"
#include "testing/neighbour.hpp"
#include "testing/paths.hpp"
#include "testing/process.hpp"
#include "testing/run.hpp"
#include "testing/temp_folder.hpp"

using namespace trunkline;
using namespace trunkline::call_emulator;

namespace {

const auto accepted = testing::NeighbourResponse::json(
    R"({"status":"ok","event_id":"01890a5d-ac96-774b-bcce-b302099a8057","duplicate":false})"
);

/// The service on a free port, and a client of it.
class Service {
public:
    Service(const asio::any_io_executor& executor, Targets targets)
        : targets_(std::move(targets)),
          sender_(executor, client_settings(), registry_),
          runner_(executor, sender_, registry_, "Europe/Minsk"),
          witnesses_(sender_, impatient(witness_settings(service_settings(targets_), targets_))),
          loads_(executor, runner_, book_, witnesses_),
          server_(executor, http_settings(), routes(parts()), registry_),
          client_(executor, httpc::Settings(), registry_) {
        server_.listen();
    }

    asio::awaitable<httpc::Response> ask(
        std::string method, std::string path, std::string body = ""
    ) {
        httpc::Request request;
        request.method = std::move(method);
        request.url = "http://127.0.0.1:" + std::to_string(server_.port()) + path;
        request.body = std::move(body);
        request.timeout = std::chrono::seconds(20);
        auto outcome = co_await client_.send(std::move(request));
        if (!outcome) {
            throw std::runtime_error(base::describe(outcome.error().error));
        }
        co_return std::move(*outcome);
    }
    asio::awaitable<httpc::Response> emulate(std::string body) {
        return ask("POST", "/emulate", std::move(body));
    }

    /// May be called again.
    asio::awaitable<void> stop(std::chrono::milliseconds limit = std::chrono::seconds(10)) {
        const auto deadline = net::deadline_in(limit);
        co_await client_.close();
        co_await server_.drain(deadline);
        co_await loads_.drain(deadline);
        co_await runner_.drain(deadline);
        co_await sender_.close();
    }

    Runner& runner() { return runner_; }

private:
    Parts parts() {
        return {
            .runner = runner_,
            .book = book_,
            .loads = loads_,
            .witnesses = witnesses_,
            .targets = targets_
        };
    }
    /// The neighbour that plays ingest plays the sandbox, too.
    static Settings service_settings(const Targets& targets) {
        Settings settings;
        settings.sandbox_url = targets.resolve(std::nullopt).value();
        return settings;
    }
    /// What the neighbour does not say is not waited for.
    static Witnesses::Settings impatient(Witnesses::Settings settings) {
        settings.patience = std::chrono::milliseconds(0);
        return settings;
    }
    static httpd::Settings http_settings() {
        httpd::Settings settings;
        settings.service = "call-emulator";
        settings.access_log = false;
        return settings;
    }

    metrics::Registry registry_;
    Targets targets_;
    httpc::Client sender_;
    Runner runner_;
    PatternBook book_;
    Witnesses witnesses_;
    Loads loads_;
    httpd::Server server_;
    httpc::Client client_;
};

using Body = std::function<asio::awaitable<void>(Service&)>;

asio::awaitable<void> serve_and_test(
    std::string ingest_url, std::vector<std::string> allowed, Body body
) {
    const auto executor = co_await asio::this_coro::executor;
    auto targets = Targets::make(ingest_url, allowed);
    Service service(executor, targets.value());
    co_await body(service);
    co_await service.stop();
}

void with_service(
    const testing::HttpNeighbour& ingest, Body body, std::vector<std::string> allowed = {}
) {
    testing::run(serve_and_test(ingest.url(), std::move(allowed), std::move(body)));
}

json::Document parsed(const std::string& text) {
    auto document = json::parse(text, {.max_bytes = std::size_t{1} << 20, .max_depth = 32});
    REQUIRE(document);
    return *document;
}

std::string text_at(json::View view, std::string_view key) {
    const auto member = view.find(key);
    REQUIRE(member);
    return member->is_string() ? std::string(*member->string()) : member->dump();
}

/// Against proto/openapi/call-emulator.json, which is what clients go by.
void check_shape(const httpc::Response& response, const std::string& schema_name) {
    const auto resolver = [](std::string_view name) -> base::Result<std::string> {
        std::ifstream file(testing::source_folder() / "proto/openapi" / name);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    const auto schema = json::Schema::compile(
        R"({"$ref":"call-emulator.json#/components/schemas/)" + schema_name + "\"}", resolver
    );
    if (!schema) {
        FAIL(base::describe(schema.error()));
    }
    const auto valid = schema->validate(parsed(response.body).root());
    if (!valid) {
        FAIL(response.body << ": " << base::describe(valid.error()));
    }
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string grep(const std::vector<std::string>& arguments, const std::filesystem::path& file) {
    std::vector<std::string> argv{"grep"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    argv.push_back(file.string());
    return testing::run_command({.argv = argv}).output;
}

}  // namespace

TEST_CASE("a whole call reaches ingest and comes back as result", "[call_emulator]") {
    testing::HttpNeighbour ingest;
    ingest.answer("POST", "*", accepted);
    with_service(ingest, [&ingest](Service& service) -> asio::awaitable<void> {
        const auto response = co_await service.emulate(R"({"pattern":"inbound-answered"})");
        CHECK(response.status == 200);
        check_shape(response, "Run");
        const auto result = parsed(response.body);
        CHECK(text_at(result.root(), "status") == "done");
        CHECK(text_at(result.root(), "pattern") == "inbound-answered");
        const auto events = result.root().find("events");
        REQUIRE(events);
        const auto requests = ingest.requests();
        REQUIRE(requests.size() == 10);
        REQUIRE(events->size() == 10);
        for (std::size_t i = 0; i < requests.size(); ++i) {
            const auto event = (*events)[i];
            CHECK(requests[i].path == "/" + text_at(event, "event"));
            CHECK(requests[i].body == text_at(event, "body"));
            CHECK(requests[i].header("Content-Type") == "application/json");
            CHECK(requests[i].header("Token") == "375293332255");
            CHECK(requests[i].header("X-Event-Time") == text_at(event, "at"));
            CHECK_THAT(
                requests[i].header("traceparent"),
                ContainsSubstring("-" + text_at(result.root(), "trace_id") + "-")
            );
            CHECK(text_at(event, "http_status") == "200");
            CHECK(event.find("answer")->find("status")->string() == "ok");
        }
        CHECK(requests.front().path == "/start");
        CHECK(requests.back().path == "/hangup");

        const auto again = co_await service.emulate(R"({"pattern":"inbound-answered"})");
        CHECK(
            text_at(parsed(again.body).root(), "unique_id") != text_at(result.root(), "unique_id")
        );
        const auto later = co_await service.ask("GET", "/runs/" + text_at(result.root(), "run"));
        CHECK(later.status == 200);
        CHECK(later.body == response.body);
    });
}

TEST_CASE("what ingest refuses is in the result", "[call_emulator]") {
    testing::HttpNeighbour ingest;
    ingest.answer("POST", "*", accepted);
    ingest.answer("POST", "/hangup", {.status = 404, .headers = {}, .body = "no such Token"});
    with_service(ingest, [](Service& service) -> asio::awaitable<void> {
        const auto response = co_await service.emulate(R"({"pattern":"inbound-missed"})");
        check_shape(response, "Run");
        const auto result = parsed(response.body);
        CHECK(text_at(result.root(), "status") == "failed");
        CHECK(text_at(result.root(), "detail") == "1 of 4 events were not accepted");
        const auto last = (*result.root().find("events"))[3];
        CHECK(text_at(last, "http_status") == "404");
        CHECK(text_at(last, "answer") == "no such Token");
    });
}

TEST_CASE("an event whose answer is lost does not stop the call", "[call_emulator]") {
    testing::HttpNeighbour ingest;
    ingest.answer("POST", "*", accepted);
    ingest.fail_next(testing::Fault::lose_answer(), 1, "/dial");
    with_service(ingest, [&ingest](Service& service) -> asio::awaitable<void> {
        const auto response = co_await service.emulate(R"({"pattern":"inbound-missed"})");
        check_shape(response, "Run");
        const auto result = parsed(response.body);
        CHECK(text_at(result.root(), "status") == "failed");
        const auto dial = (*result.root().find("events"))[2];
        CHECK(dial.find("http_status")->is_null());
        CHECK_FALSE(dial.find("error")->is_null());
        CHECK(ingest.requests("POST", "/hangup").size() == 1);
    });
}

TEST_CASE("a target that is down is said clearly", "[call_emulator]") {
    testing::HttpNeighbour ingest;
    ingest.refuse();
    with_service(ingest, [&ingest](Service& service) -> asio::awaitable<void> {
        const auto response = co_await service.emulate(R"({"pattern":"inbound-answered"})");
        CHECK(response.status == 200);
        check_shape(response, "Run");
        const auto result = parsed(response.body);
        CHECK(text_at(result.root(), "status") == "failed");
        CHECK_THAT(
            text_at(result.root(), "detail"),
            ContainsSubstring("the target " + ingest.url() + " is down")
        );
        CHECK_THAT(
            text_at(result.root(), "detail"), ContainsSubstring("0 of 10 events were delivered")
        );
        CHECK(text_at(result.root(), "events_sent") == "1");
    });
}

TEST_CASE("only targets that are allowed are posted to", "[call_emulator]") {
    testing::HttpNeighbour ingest;
    testing::HttpNeighbour other;
    testing::HttpNeighbour stranger;
    other.answer("POST", "*", accepted);
    const auto allowed = other.url("/pbx/");
    with_service(
        ingest,
        [&](Service& service) -> asio::awaitable<void> {
            const auto good = co_await service.emulate(
                R"({"pattern":"hangup-only","target":")" + other.url("/pbx") + "\"}"
            );
            CHECK(good.status == 200);
            const auto bad = co_await service.emulate(
                R"({"pattern":"hangup-only","target":")" + stranger.url() + "\"}"
            );
            CHECK(bad.status == 403);
            CHECK(bad.header("Content-Type") == "application/problem+json");
            check_shape(bad, "Problem");
        },
        {allowed}
    );
    CHECK(ingest.requests().empty());
    CHECK(stranger.requests().empty());
    REQUIRE(other.requests().size() == 1);
    CHECK(other.requests()[0].path == "/pbx/hangup");
}

TEST_CASE("wrong orders are refused with every wrong place", "[call_emulator]") {
    testing::HttpNeighbour ingest;
    with_service(ingest, [](Service& service) -> asio::awaitable<void> {
        const auto broken = co_await service.emulate("{");
        CHECK(broken.status == 400);
        const auto wrong =
            co_await service.emulate(R"({"pattern":"hangup-only","fields":{"x":1},"pace":"slow"})");
        CHECK(wrong.status == 422);
        check_shape(wrong, "Problem");
        CHECK(parsed(wrong.body).root().find("errors")->size() == 2);
        const auto missing = co_await service.ask("GET", "/runs/none");
        CHECK(missing.status == 404);
        check_shape(missing, "Problem");
    });
    CHECK(ingest.requests().empty());
}

TEST_CASE("the patterns are listed", "[call_emulator]") {
    testing::HttpNeighbour ingest;
    with_service(ingest, [](Service& service) -> asio::awaitable<void> {
        const auto response = co_await service.ask("GET", "/patterns");
        CHECK(response.status == 200);
        check_shape(response, "Patterns");
    });
}

TEST_CASE("a run that nobody waits for can be followed", "[call_emulator]") {
    testing::HttpNeighbour ingest;
    ingest.answer("POST", "*", accepted);
    with_service(ingest, [](Service& service) -> asio::awaitable<void> {
        const auto response =
            co_await service.emulate(R"({"pattern":"internal-answered","pace":5,"wait":false})");
        CHECK(response.status == 202);
        check_shape(response, "Run");
        const auto id = text_at(parsed(response.body).root(), "run");
        CHECK(response.header("Location") == "/runs/" + id);
        // The stream ends by itself, so a plain client sees all of it.
        const auto stream = co_await service.ask("GET", "/runs/" + id + "/events");
        CHECK(stream.status == 200);
        CHECK_THAT(
            std::string(stream.header("Content-Type")), ContainsSubstring("text/event-stream")
        );
        CHECK_THAT(
            stream.body, ContainsSubstring("event: sent\nid: 1\ndata: {\"event\":\"bridge_create\"")
        );
        CHECK_THAT(stream.body, ContainsSubstring("id: 7"));
        CHECK_THAT(
            stream.body,
            ContainsSubstring(
                "event: end\nid: 7\ndata: {\"run\":\"" + id + "\",\"status\":\"done\""
            )
        );
    });
}

TEST_CASE("no more than 16 runs go on at once", "[call_emulator]") {
    testing::HttpNeighbour ingest;
    ingest.answer("POST", "*", accepted);
    with_service(ingest, [](Service& service) -> asio::awaitable<void> {
        const std::string order = R"({"pattern":"inbound-answered","pace":"real","wait":false})";
        for (std::size_t i = 0; i < Runner::most_running; ++i) {
            const auto taken = co_await service.emulate(order);
            CHECK(taken.status == 202);
        }
        const auto refused = co_await service.emulate(order);
        CHECK(refused.status == 429);
        CHECK_FALSE(refused.header("Retry-After").empty());
        co_await service.stop(std::chrono::milliseconds(0));
    });
}

TEST_CASE("a stop in the middle makes a run canceled", "[call_emulator]") {
    testing::HttpNeighbour ingest;
    ingest.answer("POST", "*", accepted);
    with_service(ingest, [](Service& service) -> asio::awaitable<void> {
        const auto response =
            co_await service.emulate(R"({"pattern":"inbound-answered","pace":"real","wait":false})"
            );
        const auto run = service.runner().find(text_at(parsed(response.body).root(), "run"));
        REQUIRE(run);
        co_await testing::eventually([&] { return !run->sent.empty(); }, "the first event");
        co_await service.stop(std::chrono::milliseconds(0));
        CHECK(run->status == RunStatus::canceled);
        CHECK(run->finished_at);
        CHECK(run->sent.size() < run->plan.events.size());
    });
}

TEST_CASE("the last runs are kept, and listed youngest first", "[call_emulator]") {
    testing::HttpNeighbour ingest;
    ingest.answer("POST", "*", accepted);
    with_service(ingest, [](Service& service) -> asio::awaitable<void> {
        std::vector<std::string> ids;
        for (std::size_t i = 0; i <= Runner::most_kept; ++i) {
            const auto response = co_await service.emulate(R"({"pattern":"hangup-only"})");
            ids.push_back(text_at(parsed(response.body).root(), "run"));
        }
        CHECK(service.runner().find(ids.front()) == nullptr);
        CHECK(service.runner().find(ids[1]) != nullptr);
        CHECK(service.runner().find(ids.back()) != nullptr);
        const auto list = co_await service.ask("GET", "/runs?limit=2");
        check_shape(list, "Runs");
        const auto document = parsed(list.body);
        const auto items = document.root().find("items");
        REQUIRE(items);
        REQUIRE(items->size() == 2);
        CHECK(text_at((*items)[0], "run") == ids.back());
    });
}

TEST_CASE("the event log has the lines that engineers grep for", "[call_emulator]") {
    const testing::TempFolder folder;
    base::LogSettings settings;
    settings.folder = folder.path();
    settings.file = "call_tester.log";
    REQUIRE(base::open_log(settings));
    testing::HttpNeighbour ingest;
    ingest.answer("POST", "*", accepted);
    ingest.fail_next(testing::Fault::reset(), 1, "/dial");
    with_service(ingest, [](Service& service) -> asio::awaitable<void> {
        const auto response = co_await service.emulate(R"({"pattern":"inbound-missed"})");
        CHECK(response.status == 200);
    });
    base::close_log();
    const auto file = folder.path() / "call_tester_events.log";
    INFO(read_file(file));
    CHECK(grep({"-c", "🚀 EMULATION"}, file) == "4\n");
    CHECK(grep({"-c", "📥 EMULATION RESPONSE"}, file) == "3\n");
    CHECK_THAT(
        grep({"ERROR"}, file),
        ContainsSubstring("[ERROR] call_tester: ❌ EMULATION dial not delivered: ")
    );
    const auto block = grep({"-A", "10", "🚀 EMULATION start"}, file);
    CHECK_THAT(
        block, ContainsSubstring("[INFO] call_tester: 🚀 EMULATION start 1/4 of inbound-missed")
    );
    const std::string marker = "📊 Event Data: ";
    const auto data = block.find(marker) + marker.size();
    const auto event = parsed(block.substr(data, block.find('\n', data) - data));
    CHECK(text_at(event.root(), "Token") == "375293332255");
    CHECK_THAT(block, ContainsSubstring("📥 EMULATION RESPONSE start: status 200 in "));
    CHECK_THAT(block, ContainsSubstring("body: {\"status\":\"ok\""));
}

TEST_CASE("an exchange that catches up sends all in one request", "[call_emulator]") {
    testing::HttpNeighbour ingest;
    ingest.answer(
        "POST",
        "/events",
        {.status = 200,
         .headers = {},
         .body = "{\"line\":1,\"status\":200,\"event_id\":\"a\",\"duplicate\":false}\n"
                 "{\"line\":2,\"status\":200,\"event_id\":\"b\",\"duplicate\":false}\n"
                 "{\"line\":3,\"status\":422,\"detail\":\"wrong\"}\n"}
    );
    with_service(ingest, [&ingest](Service& service) -> asio::awaitable<void> {
        const auto response = co_await service.emulate(R"({"pattern":"recovery-missed"})");
        check_shape(response, "Run");
        const auto result = parsed(response.body);
        CHECK(text_at(result.root(), "detail") == "1 of 3 events were not accepted");
        const auto requests = ingest.requests("POST", "/events");
        REQUIRE(requests.size() == 1);
        const auto lines = base::split(requests[0].body, '\n');
        REQUIRE(lines.size() == 4);
        const auto line = parsed(lines[1]);
        CHECK(text_at(line.root(), "event") == "dial");
        CHECK(line.root().find("at"));
        CHECK(line.root().find("body")->find("UniqueId"));
        const auto last = (*result.root().find("events"))[2];
        CHECK(text_at(last, "http_status") == "422");
    });
}

TEST_CASE("a batch tells its figures and its runs", "[call_emulator]") {
    testing::HttpNeighbour ingest;
    ingest.answer("POST", "*", accepted);
    with_service(ingest, [&ingest](Service& service) -> asio::awaitable<void> {
        const auto response = co_await service.emulate(
            R"({"pattern":"hangup-only","repeat":5,"parallel":3,"double":1,"seed":3})"
        );
        CHECK(response.status == 200);
        check_shape(response, "Batch");
        const auto batch = parsed(response.body);
        CHECK(text_at(batch.root(), "status") == "done");
        CHECK(text_at(batch.root(), "runs_done") == "5");
        CHECK(text_at(batch.root(), "events_accepted") == "10");
        CHECK(ingest.requests("POST", "/hangup").size() == 10);
        const auto later =
            co_await service.ask("GET", "/batches/" + text_at(batch.root(), "batch"));
        CHECK(later.body == response.body);
        const auto missing = co_await service.ask("GET", "/batches/none");
        CHECK(missing.status == 404);
    });
}

TEST_CASE(
    "an outcome has the shape that pages go by, with everything that differs", "[call_emulator]"
) {
    testing::HttpNeighbour ingest;
    ingest.answer("POST", "*", accepted);
    ingest.answer(
        "GET",
        "*",
        testing::NeighbourResponse::json(
            R"({"call":{"uuid":"01890a5d-ac96-774b-bcce-b302099a8057"},"items":[],"truncated":false,"chats":[]})"
        )
    );
    with_service(ingest, [](Service& service) -> asio::awaitable<void> {
        const auto run = co_await service.emulate(R"({"pattern":"hangup-only"})");
        const auto id = text_at(parsed(run.body).root(), "run");
        const auto response = co_await service.ask("GET", "/runs/" + id + "/outcome");
        CHECK(response.status == 200);
        check_shape(response, "Outcome");
        const auto outcome = parsed(response.body);
        CHECK(text_at(outcome.root(), "settled") == "true");
        CHECK(text_at(outcome.root(), "complete") == "true");
        std::string kinds;
        const auto differences = outcome.root().find("differences");
        REQUIRE(differences);
        for (const auto difference : differences->elements()) {
            kinds += text_at(difference, "what") + " ";
        }
        CHECK(kinds == "event call chat crm ");
    });
}

TEST_CASE("an outcome is there when its witnesses are not", "[call_emulator]") {
    testing::HttpNeighbour ingest;
    ingest.answer("POST", "*", accepted);
    with_service(ingest, [](Service& service) -> asio::awaitable<void> {
        const auto run = co_await service.emulate(R"({"pattern":"hangup-only"})");
        const auto id = text_at(parsed(run.body).root(), "run");
        const auto response = co_await service.ask("GET", "/runs/" + id + "/outcome");
        CHECK(response.status == 200);
        check_shape(response, "Outcome");
        const auto outcome = parsed(response.body);
        CHECK(outcome.root().find("trace")->is_null());
        CHECK(outcome.root().find("crm")->is_null());
        CHECK(text_at(outcome.root(), "complete") == "false");
        CHECK_THAT(text_at(outcome.root(), "reason"), ContainsSubstring("ingest answered"));
        const auto missing = co_await service.ask("GET", "/runs/none/outcome");
        CHECK(missing.status == 404);
    });
}

TEST_CASE("traffic is mixed, spread over enterprises and reported", "[call_emulator]") {
    testing::HttpNeighbour ingest;
    ingest.answer("POST", "*", accepted);
    with_service(ingest, [&ingest](Service& service) -> asio::awaitable<void> {
        const auto wrong = co_await service.ask("POST", "/loads", R"({"rate":0,"seconds":0})");
        CHECK(wrong.status == 422);
        check_shape(wrong, "Problem");
        const auto begun = co_await service.ask(
            "POST", "/loads", R"({"rate":200,"seconds":1,"tokens":["1","2","3"],"pace":"fast"})"
        );
        CHECK(begun.status == 202);
        check_shape(begun, "Load");
        const auto second =
            co_await service.ask("POST", "/loads", R"({"rate":1,"seconds":1,"tokens":["1"]})");
        CHECK(second.status == 409);
        const auto place = "/loads/" + text_at(parsed(begun.body).root(), "load");
        auto report = co_await service.ask("GET", place);
        while (text_at(parsed(report.body).root(), "status") != "done") {
            report = co_await service.ask("GET", place);
        }
        check_shape(report, "Load");
        const auto figures = parsed(report.body);
        CHECK(figures.root().find("calls")->integer().value_or(0) > 5);
        CHECK(text_at(figures.root(), "sent") == text_at(figures.root(), "acknowledged"));
        std::set<std::string> tokens;
        for (const auto& request : ingest.requests()) {
            if (request.method == "POST") {
                tokens.insert(std::string(request.header("Token")));
            }
        }
        tokens.erase("");  // POST /events has it in its lines.
        CHECK(tokens == std::set<std::string>{"1", "2", "3"});
    });
}
