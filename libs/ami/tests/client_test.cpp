#include "ami/client.hpp"

#include <algorithm>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "ami/actions.hpp"
#include "ami/parser.hpp"
#include "captures.hpp"
#include "fake_exchange.hpp"
#include "net/sleep.hpp"
#include "net/task_group.hpp"
#include "testing/catch.hpp"
#include "testing/eventually.hpp"
#include "testing/run.hpp"
#include "testing/temp_folder.hpp"

namespace trunkline::ami {
namespace {

using namespace std::chrono_literals;
using Talk = FakeExchange::Talk;

ClientSettings settings_for(const FakeExchange& exchange) {
    ClientSettings settings;
    settings.port = exchange.port();
    settings.username = "callbus";
    settings.secret = "fake-ami-secret";
    settings.reconnect = {.initial = 1ms, .maximum = 5ms, .factor = 2.0, .jitter = 0.5};
    return settings;
}

/// An exchange and its client, closed in the end.
struct Bench {
    Bench(asio::any_io_executor executor, FakeExchange::Script script)
        : exchange(executor, std::move(script)), client(executor, settings_for(exchange)) {
        client.start();
    }

    asio::awaitable<void> ready() {
        const auto state = co_await client.wait_ready(net::deadline_in(20s));
        REQUIRE(state);
    }

    asio::awaitable<void> close() {
        co_await client.close();
        co_await exchange.stop();
    }

    FakeExchange exchange;
    Client client;
};

/// Runs a test's body with a bench and closes it.
template <class Body>
void with_exchange(FakeExchange::Script script, Body body) {
    const auto test = [&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Bench bench(executor, std::move(script));
        co_await body(bench);
        co_await bench.close();
    };
    testing::run(test());
}

asio::awaitable<void> answer_pings(Talk& talk) {
    co_await talk.welcome();
    for (;;) {
        const auto action = co_await talk.read_action();
        if (action.empty()) {
            co_return;
        }
        co_await talk.succeed(action, "Ping: Pong\r\n");
    }
}

std::vector<std::string> texts_of(const std::string& bytes) {
    Parser parser;
    parser.feed(bytes);
    std::vector<std::string> texts;
    while (const auto message = parser.next()) {
        std::string text;
        for (std::size_t i = 0; i < message->size(); ++i) {
            text += std::string((*message)[i].name) + "=" + std::string((*message)[i].value) + ";";
        }
        if (message->kind() == Message::Kind::event) {
            texts.push_back(std::move(text));
        }
    }
    return texts;
}

std::string text_of(const Message& message) {
    std::string text;
    for (std::size_t i = 0; i < message.size(); ++i) {
        text += std::string(message[i].name) + "=" + std::string(message[i].value) + ";";
    }
    return text;
}

}  // namespace

TEST_CASE("The client logs in by challenge, asks and is answered") {
    with_exchange(answer_pings, [](Bench& bench) -> asio::awaitable<void> {
        co_await bench.ready();
        const auto reply = co_await bench.client.send(*ping());
        REQUIRE(reply);
        CHECK(reply->response.view().get("Ping") == "Pong");
        const auto status = bench.client.status();
        CHECK(status.state == ClientState::ready);
        CHECK(status.booted);
        CHECK(status.banner == "Asterisk Call Manager/11.0.0");
        CHECK(status.connections == 1);
        CHECK(status.pending == 0);
    });
}

TEST_CASE("Many actions at once are answered in any order") {
    const auto script = [](Talk& talk) -> asio::awaitable<void> {
        co_await talk.welcome();
        std::vector<FakeExchange::Action> actions;
        for (int i = 0; i < 20; ++i) {
            const auto action = co_await talk.read_action();
            actions.push_back(action);
        }
        std::ranges::reverse(actions);
        for (const auto& action : actions) {
            co_await talk.succeed(action, "Value: " + action.at("Variable") + "\r\n");
        }
        co_await talk.wait_for_close();
    };
    with_exchange(script, [](Bench& bench) -> asio::awaitable<void> {
        co_await bench.ready();
        std::vector<std::string> values(20);
        const auto ask = [&](std::size_t i) -> asio::awaitable<void> {
            const auto action = getvar("", "V" + std::to_string(i));
            const auto reply = co_await bench.client.send(*action);
            values[i] = reply ? reply->response.view().get("Value") : "none";
        };
        net::TaskGroup tasks(co_await asio::this_coro::executor, "asking");
        for (std::size_t i = 0; i < values.size(); ++i) {
            tasks.spawn("ask", ask(i));
        }
        co_await tasks.join();
        for (std::size_t i = 0; i < values.size(); ++i) {
            CHECK(values[i] == "V" + std::to_string(i));
        }
    });
}

TEST_CASE("A list comes whole, with events between its items") {
    const auto script = [](Talk& talk) -> asio::awaitable<void> {
        co_await talk.welcome();
        const auto action = co_await talk.read_action();
        const auto id = "ActionID: " + action.at("ActionID") + "\r\n";
        co_await talk.succeed(action, "EventList: start\r\n");
        co_await talk.send(
            "Event: CoreShowChannel\r\n" + id + "Channel: a\r\n\r\nEvent: Newstate\r\n\r\nEvent: Co"
        );
        co_await talk.send(
            "reShowChannel\r\n" + id + "Channel: b\r\n\r\nEvent: CoreShowChannelsComplete\r\n"
        );
        co_await talk.send(id + "EventList: Complete\r\nListItems: 2\r\n\r\n");
        co_await talk.wait_for_close();
    };
    with_exchange(script, [](Bench& bench) -> asio::awaitable<void> {
        const auto events = bench.client.subscribe();
        co_await bench.ready();
        const auto reply = co_await bench.client.send(*core_show_channels());
        REQUIRE(reply);
        REQUIRE(reply->items.size() == 2);
        CHECK(reply->items[1].view().get("Channel") == "b");
        const auto connected = co_await events->next();
        CHECK(connected->kind == Delivery::Kind::connected);
        const auto event = co_await events->next();
        CHECK(event->event->view().is("Newstate"));
        CHECK(events->waiting() == 0);
    });
}

TEST_CASE("A lost connection is told, mended, and what waited has an unknown outcome") {
    const auto script = [](Talk& talk) -> asio::awaitable<void> {
        co_await talk.welcome();
        co_await talk.send("Event: E" + std::to_string(talk.number) + "\r\n\r\n");
        if (talk.number < 3) {
            const auto action = co_await talk.read_action();  // And hangs up without an answer.
            co_return;
        }
        co_await talk.wait_for_close();
    };
    with_exchange(script, [](Bench& bench) -> asio::awaitable<void> {
        const auto events = bench.client.subscribe();
        std::string heard;
        for (int i = 0; i < 2; ++i) {
            co_await bench.ready();
            const auto reply = co_await bench.client.send(*ping());
            REQUIRE_FALSE(reply);
            CHECK(reply.error().code == base::Errc::timeout);
            co_await testing::eventually([&] {
                return bench.client.status().connections == static_cast<unsigned>(i) + 2;
            });
        }
        for (int i = 0; i < 8; ++i) {
            const auto next = co_await events->next();
            heard += next->kind == Delivery::Kind::event ? std::string(next->event->view().name())
                     : next->kind == Delivery::Kind::connected ? "+"
                                                               : "-";
        }
        CHECK(heard == "+E1-+E2-+E3");
    });
}

TEST_CASE("Before the exchange is there nothing is sent") {
    const auto script = [](Talk& talk) -> asio::awaitable<void> { co_await talk.wait_for_close(); };
    with_exchange(script, [](Bench& bench) -> asio::awaitable<void> {
        co_await testing::eventually([&] { return bench.exchange.accepted() == 1; });
        const auto reply = co_await bench.client.send(*ping());
        REQUIRE_FALSE(reply);
        CHECK(reply.error().code == base::Errc::unavailable);
        const auto ready = co_await bench.client.wait_ready(net::deadline_in(1ms));
        REQUIRE_FALSE(ready);
        CHECK(ready.error().code == base::Errc::timeout);
    });
}

TEST_CASE("A wrong secret is told as one, and the exchange is left in peace") {
    const auto script = [](Talk& talk) -> asio::awaitable<void> {
        co_await talk.send("Asterisk Call Manager/11.0.0\r\n");
        const auto asked = co_await talk.read_action();
        co_await talk.succeed(asked, "Challenge: 1\r\n");
        const auto login = co_await talk.read_action();
        co_await talk.fail(login, "Authentication failed");
    };
    with_exchange(script, [](Bench& bench) -> asio::awaitable<void> {
        const auto ready = co_await bench.client.wait_ready(net::deadline_in(20s));
        REQUIRE_FALSE(ready);
        CHECK(ready.error().code == base::Errc::unauthorized);
        CHECK(bench.client.status().state == ClientState::refused);
        CHECK(bench.exchange.accepted() == 1);
    });
}

TEST_CASE("An answer that is late goes to nobody") {
    const auto script = [](Talk& talk) -> asio::awaitable<void> {
        co_await talk.welcome();
        const auto late = co_await talk.read_action();
        const auto next = co_await talk.read_action();  // Comes when the first was given up.
        co_await talk.succeed(late, "Which: late\r\n");
        co_await talk.succeed(next, "Which: next\r\n");
        co_await talk.wait_for_close();
    };
    with_exchange(script, [](Bench& bench) -> asio::awaitable<void> {
        co_await bench.ready();
        const auto late = co_await bench.client.send(*ping(), 5ms);
        REQUIRE_FALSE(late);
        CHECK(late.error().code == base::Errc::timeout);
        const auto next = co_await bench.client.send(*ping(), 20s);
        REQUIRE(next);
        CHECK(next->response.view().get("Which") == "next");
        CHECK(bench.client.status().strays == 1);
    });
}

TEST_CASE("A flood reaches who reads, and sheds who does not") {
    constexpr int count = 30'000;
    const auto script = [](Talk& talk) -> asio::awaitable<void> {
        co_await talk.welcome();
        std::string burst;
        for (int i = 0; i < count; ++i) {
            burst += "Event: VarSet\r\nNumber: " + std::to_string(i) + "\r\n\r\n";
        }
        co_await talk.send(std::move(burst));
        co_await talk.wait_for_close();
    };
    with_exchange(script, [](Bench& bench) -> asio::awaitable<void> {
        const auto slow = bench.client.subscribe(100);
        const auto fast = bench.client.subscribe(2 * count);
        int next_number = 0;
        bool in_order = true;
        while (next_number < count) {
            const auto next = co_await fast->next();
            if (next->kind == Delivery::Kind::event) {
                in_order =
                    in_order && next->event->view().get("Number") == std::to_string(next_number);
                ++next_number;
            }
        }
        CHECK(in_order);
        CHECK(fast->missed() == 0);
        CHECK(slow->waiting() <= 100);
        CHECK(slow->missed() > count - 200);
        const auto first = co_await slow->next();
        CHECK(first->kind == Delivery::Kind::gap);
        CHECK(first->missed == slow->missed());
        CHECK(bench.client.status().missed == slow->missed());
    });
}

TEST_CASE("A silent peer is given up after a ping") {
    const auto script = [](Talk& talk) -> asio::awaitable<void> {
        co_await talk.welcome();
        co_await talk.wait_for_close();
    };
    const auto test = [&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        FakeExchange exchange(executor, script);
        auto settings = settings_for(exchange);
        settings.ping_after = 5ms;
        settings.ping_limit = 5ms;
        Client client(executor, settings);
        client.start();
        co_await testing::eventually([&] { return exchange.accepted() >= 3; });
        co_await client.close();
        co_await exchange.stop();
    };
    testing::run(test());
}

TEST_CASE("Closing ends what waits, and the subscriptions") {
    const auto script = [](Talk& talk) -> asio::awaitable<void> {
        co_await talk.welcome();
        co_await talk.wait_for_close();
    };
    with_exchange(script, [](Bench& bench) -> asio::awaitable<void> {
        const auto events = bench.client.subscribe();
        co_await bench.ready();
        std::optional<base::Errc> code;
        const auto ask = [&]() -> asio::awaitable<void> {
            const auto reply = co_await bench.client.send(*ping(), 60s);
            code = reply ? base::Errc::internal : reply.error().code;
        };
        net::TaskGroup tasks(co_await asio::this_coro::executor, "asking");
        tasks.spawn("ask", ask());
        co_await bench.client.close();
        co_await tasks.join();
        CHECK(code == base::Errc::canceled);
        while (co_await events->next()) {
        }
        CHECK(bench.client.status().state == ClientState::stopped);
        const auto after = co_await bench.client.send(*ping());
        CHECK(after.error().code == base::Errc::canceled);
    });
}

TEST_CASE("A cancelled wait leaves nothing behind") {
    const auto script = [](Talk& talk) -> asio::awaitable<void> {
        co_await talk.welcome();
        co_await talk.wait_for_close();
    };
    with_exchange(script, [](Bench& bench) -> asio::awaitable<void> {
        co_await bench.ready();
        const auto ask = [&]() -> asio::awaitable<void> {
            const auto reply = co_await bench.client.send(*ping(), 60s);
        };
        net::TaskGroup tasks(co_await asio::this_coro::executor, "asking");
        tasks.spawn("ask", ask());
        co_await testing::eventually([&] { return bench.client.status().pending == 1; });
        tasks.cancel();
        co_await tasks.join();
        CHECK(bench.client.status().pending == 0);
    });
}

TEST_CASE("Real calls come through as they were, paced as they were and cut anywhere") {
    const std::vector<std::string> names{
        "10-attended-transfer", "16-list-responses", "25-forward-302"
    };
    for (const std::string& name : names) {
        INFO(name);
        const auto capture = load_capture(name);
        const auto begin = capture.bytes.find("Event: FullyBooted");
        // A real second takes a thousandth here; a piece ends where the exchange's packets did, or
        // anywhere.
        const auto script = [&](Talk& talk) -> asio::awaitable<void> {
            co_await talk.welcome();
            std::minstd_rand random(11);
            std::size_t at = begin;
            double clock = 0;
            for (const auto& moment : capture.timing) {
                const auto stop = std::max(at, moment.offset);
                while (at < stop) {
                    const auto size = std::min<std::size_t>(stop - at, 1 + (random() % 2000));
                    co_await talk.send(capture.bytes.substr(at, size));
                    at += size;
                }
                const auto pause =
                    std::chrono::duration<double, std::milli>(moment.seconds - clock);
                clock = moment.seconds;
                co_await net::sleep_for(std::chrono::duration_cast<net::Duration>(pause));
            }
            co_await talk.send(capture.bytes.substr(at));
        };
        with_exchange(script, [&](Bench& bench) -> asio::awaitable<void> {
            const auto wanted = texts_of(capture.bytes.substr(begin));
            const auto events = bench.client.subscribe();
            std::vector<std::string> heard;
            while (heard.size() + 1 < wanted.size()) {
                const auto next = co_await events->next();
                if (next->kind == Delivery::Kind::event) {
                    heard.push_back(text_of(next->event->view()));
                } else if (next->kind == Delivery::Kind::gap) {
                    break;
                }
            }
            // The second FullyBooted is the session's own to hear.
            const std::vector<std::string> without_boot(wanted.begin() + 1, wanted.end());
            CHECK(heard == without_boot);
        });
    }
}

TEST_CASE("Over TLS the exchange must prove its name") {
    testing::TempFolder folder;
    const auto pem = (folder.path() / "pbx.pem").string();
    const auto key = (folder.path() / "pbx.key").string();
    const auto command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "
        "/CN=pbx "
        "-addext subjectAltName=DNS:pbx.example -keyout " +
        key + " -out " + pem + " >/dev/null 2>&1";
    const int made = std::system(command.c_str());  // NOLINT(concurrency-mt-unsafe)
    REQUIRE(made == 0);
    asio::ssl::context tls(asio::ssl::context::tls_server);
    tls.use_certificate_file(pem, asio::ssl::context::pem);
    tls.use_private_key_file(key, asio::ssl::context::pem);
    const auto test = [&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        FakeExchange exchange(executor, answer_pings, &tls);
        auto settings = settings_for(exchange);
        settings.use_tls = true;
        settings.ca_file = pem;
        settings.tls_name = "pbx.example";
        Client good(executor, settings);
        good.start();
        const auto ready = co_await good.wait_ready(net::deadline_in(20s));
        REQUIRE(ready);
        const auto reply = co_await good.send(*ping());
        CHECK(reply.has_value());
        co_await good.close();

        settings.tls_name = "other.example";
        Client wrong(executor, settings);
        wrong.start();
        co_await testing::eventually([&] { return !wrong.status().last_error.empty(); });
        CHECK_THAT(wrong.status().last_error, ContainsSubstring("no TLS with 127.0.0.1"));
        CHECK(wrong.status().connections == 0);
        co_await wrong.close();

        settings.verify_peer = false;
        Client trusting(executor, settings);
        trusting.start();
        const auto also_ready = co_await trusting.wait_ready(net::deadline_in(20s));
        CHECK(also_ready.has_value());
        co_await trusting.close();
        co_await exchange.stop();
    };
    testing::run(test());
}

}  // namespace trunkline::ami
