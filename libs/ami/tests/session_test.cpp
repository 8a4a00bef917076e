#include "session.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "ami/actions.hpp"
#include "ami/parser.hpp"
#include "captures.hpp"
#include "testing/catch.hpp"

namespace trunkline::ami {
namespace {

using namespace std::chrono_literals;

/// A session that is told what an exchange says, on a clock of its own.
class Talk {
public:
    explicit Talk(SessionSettings settings) : session(std::move(settings), now) {}

    /// What came of it, the empty ones left out.
    std::vector<News> hear(std::string_view bytes) {
        std::vector<News> all;
        parser.feed(bytes);
        while (const auto message = parser.next()) {
            const auto news = session.take(*message, now);
            if (news != News::none) {
                all.push_back(news);
            }
        }
        for (auto& completion : session.take_completions()) {
            done.emplace(completion.id, std::move(completion.result));
        }
        return all;
    }

    News wait(std::chrono::milliseconds time) {
        now += time;
        const auto news = session.tick(now);
        for (auto& completion : session.take_completions()) {
            done.emplace(completion.id, std::move(completion.result));
        }
        return news;
    }

    std::uint64_t ask(const Built& action, std::chrono::milliseconds limit = 5s) {
        REQUIRE(action);
        const auto id = session.submit(*action, now + limit);
        REQUIRE(id);
        return *id;
    }

    base::Errc error(std::uint64_t id) {
        REQUIRE(done.contains(id));
        REQUIRE_FALSE(done.at(id));
        return done.at(id).error().code;
    }

    const Reply& reply(std::uint64_t id) {
        REQUIRE(done.contains(id));
        REQUIRE(done.at(id));
        return *done.at(id);
    }

    base::SteadyTime now{};
    Parser parser;
    Session session;
    std::map<std::uint64_t, base::Result<Reply>> done;
};

SessionSettings plain() {
    SessionSettings settings;
    settings.username = "callbus";
    settings.secret = "fake-ami-secret";
    settings.use_challenge = false;
    settings.id_prefix = "q";
    return settings;
}

constexpr std::string_view banner = "Asterisk Call Manager/11.0.0\r\n";
constexpr std::string_view accepted =
    "Response: Success\r\nActionID: qlogin\r\nMessage: Authentication accepted\r\n\r\n";
constexpr std::string_view booted = "Event: FullyBooted\r\nStatus: Fully Booted\r\n\r\n";

Talk ready_talk(SessionSettings settings = plain()) {
    Talk talk(std::move(settings));
    talk.hear(banner);
    talk.hear(accepted);
    REQUIRE(talk.hear(booted) == std::vector{News::ready});
    talk.session.take_output();
    return talk;
}

}  // namespace

TEST_CASE("A plain login sends user, secret and mask") {
    Talk talk(plain());
    CHECK(talk.hear(banner).empty());
    CHECK(
        talk.session.take_output() ==
        "Action: Login\r\nActionID: qlogin\r\nUsername: callbus\r\nSecret: fake-ami-secret\r\n"
        "Events: on\r\n\r\n"
    );
    CHECK(talk.hear(accepted).empty());
    CHECK_FALSE(talk.session.submit(*ping(), talk.now + 5s));
    CHECK(talk.hear(booted) == std::vector{News::ready});
    CHECK(talk.session.is_booted());
    CHECK(talk.session.banner() == "Asterisk Call Manager/11.0.0");
}

TEST_CASE("A login by challenge answers with the key that Asterisk accepted") {
    auto settings = plain();
    settings.use_challenge = true;
    Talk talk(settings);
    const auto bytes = load_capture("19e-md5-challenge").bytes;
    const auto at = bytes.find("Response: Success\r\nActionID: q2");
    talk.hear(bytes.substr(0, at));
    CHECK_THAT(
        talk.session.take_output(),
        ContainsSubstring("Action: Challenge\r\n") &&
            ContainsSubstring("Key: 939cdad6cd3a4902889d12947bac6340\r\n") &&
            !ContainsSubstring("fake-ami-secret")
    );
    talk.hear(bytes.substr(at));
    CHECK(talk.session.phase() == Session::Phase::booting);
}

TEST_CASE("A wrong secret and a forbidden address are refusals, not broken connections") {
    for (const std::string name : {"19a-login-failed", "19c-acl-denied"}) {
        Talk talk(plain());
        CHECK(talk.hear(load_capture(name).bytes) == std::vector{News::refused});
        CHECK_THAT(talk.session.why(), ContainsSubstring("Authentication failed"));
    }
}

TEST_CASE("Who says something else first is no exchange") {
    Talk talk(plain());
    CHECK(talk.hear("SSH-2.0-OpenSSH_9.2: x\r\n\r\n") == std::vector{News::broken});
}

TEST_CASE("A login must come in time") {
    Talk talk(plain());
    CHECK(talk.session.next_deadline() == talk.now + 10s);
    CHECK(talk.wait(9s) == News::none);
    CHECK(talk.wait(1s) == News::broken);
}

TEST_CASE(
    "An exchange that never says it has booted is ready after a while, and again when it says so"
) {
    Talk talk(plain());
    talk.hear(banner);
    talk.hear(accepted);
    CHECK(talk.wait(2s) == News::none);
    CHECK(talk.wait(1s) == News::ready);
    CHECK_FALSE(talk.session.is_booted());
    CHECK(talk.hear(booted) == std::vector{News::booted});
}

TEST_CASE("During a boot events come before the exchange is ready") {
    Talk talk(plain());
    const auto news = talk.hear(load_capture("20c-login-during-boot").bytes);
    REQUIRE(news.size() > 10);
    CHECK(news.front() == News::event);
    CHECK(std::ranges::count(news, News::ready) == 1);
}

TEST_CASE("Answers find their actions in any order, and what is between them are events") {
    auto talk = ready_talk();
    const auto first = talk.ask(core_status());
    const auto second = talk.ask(ping());
    const auto news = talk.hear(
        "Response: Success\r\nActionID: q2\r\nPing: Pong\r\n\r\nEvent: Newstate\r\nChannel: "
        "x\r\n\r\n"
        "Response: Success\r\nActionID: q1\r\nCoreCurrentCalls: 3\r\n\r\n"
    );
    CHECK(news == std::vector{News::event});
    CHECK(talk.reply(first).response.view().get("CoreCurrentCalls") == "3");
    CHECK(talk.reply(second).response.view().get("ping") == "Pong");
}

TEST_CASE("Fifty actions of a real talk are answered each with its own") {
    auto settings = plain();
    Talk talk(settings);
    const auto bytes = load_capture("16-list-responses").bytes;
    const auto begin = bytes.find("Response: Success\r\nActionID: q2\r\n");
    REQUIRE(begin != std::string::npos);
    talk.hear(bytes.substr(0, begin));
    REQUIRE(talk.session.phase() == Session::Phase::ready);
    for (int i = 1; i <= 51; ++i) {
        talk.ask(ping());  // What they are the exchange's answers tell.
    }
    for (std::size_t at = begin; at < bytes.size(); at += 100) {
        talk.hear(std::string_view(bytes).substr(at, 100));
    }
    CHECK(talk.done.size() == 50);  // The first one is the login's number.
    CHECK(talk.reply(3).items.size() == 4);
    CHECK(talk.reply(3).items[0].view().is("CoreShowChannel"));
    REQUIRE(talk.reply(3).complete);
    CHECK(talk.reply(3).complete->view().get("ListItems") == "4");
    CHECK(talk.reply(5).complete->view().is("QueueStatusComplete"));
    CHECK(
        std::to_string(talk.reply(5).items.size()) ==
        talk.reply(5).complete->view().get("ListItems")
    );
    CHECK(talk.reply(11).items.empty());  // An empty list is no error.
    CHECK(talk.error(14) == base::Errc::not_found);
    CHECK(talk.reply(15).output().size() == 4);
    CHECK_THAT(std::string(talk.reply(16).output().at(0)), ContainsSubstring("support has"));
    CHECK(talk.error(17) == base::Errc::invalid_input);
    CHECK(talk.error(39) == base::Errc::not_found);
    CHECK(talk.reply(51).response.view().is("Goodbye"));
}

TEST_CASE("A lacking right is told apart from a wrong value") {
    Talk talk(plain());
    const auto bytes = load_capture("19b-permission-denied").bytes;
    const auto begin = bytes.find("Response: Success\r\nActionID: q2\r\n");
    talk.hear(bytes.substr(0, begin));
    talk.wait(3s);  // Such a user is not told of FullyBooted.
    for (int i = 1; i <= 10; ++i) {
        talk.ask(ping());
    }
    talk.hear(bytes.substr(begin));
    CHECK(talk.error(3) == base::Errc::forbidden);
    CHECK(talk.reply(8).items.size() == 4);
    CHECK(talk.error(9) == base::Errc::not_found);
}

TEST_CASE("Lists of old exchanges say it in words") {
    auto talk = ready_talk();
    const auto id = talk.ask(queue_status());
    talk.hear(
        "Response: Success\r\nActionID: q1\r\nMessage: Queue status will follow\r\n\r\n"
        "Event: QueueParams\r\nQueue: a\r\nActionID: q1\r\n\r\n"
        "Event: QueueStatusComplete\r\nActionID: q1\r\n\r\n"
    );
    CHECK(talk.reply(id).items.size() == 1);
}

TEST_CASE("An event with an action's number after its answer is an event") {
    auto talk = ready_talk();
    const auto id = talk.ask(ping());
    const auto news = talk.hear(
        "Response: Success\r\nActionID: q1\r\nMessage: Originate successfully queued\r\n\r\n"
        "Event: OriginateResponse\r\nActionID: q1\r\nResponse: Failure\r\nReason: 0\r\n\r\n"
    );
    CHECK(news == std::vector{News::event});
    CHECK(talk.reply(id).message() == "Originate successfully queued");
}

TEST_CASE("An answer that does not come is a timeout, and nobody takes it when it comes later") {
    auto talk = ready_talk();
    const auto id = talk.ask(core_status(), 2s);
    CHECK(talk.session.next_deadline() == talk.now + 2s);
    talk.wait(2s);
    CHECK(talk.error(id) == base::Errc::timeout);
    talk.hear("Response: Success\r\nActionID: q1\r\nCoreCurrentCalls: 3\r\n\r\n");
    CHECK(talk.session.strays() == 1);
}

TEST_CASE("A list that never ends is refused at its limit") {
    auto settings = plain();
    settings.max_items = 100;
    auto talk = ready_talk(settings);
    const auto id = talk.ask(core_show_channels());
    talk.hear("Response: Success\r\nActionID: q1\r\nEventList: start\r\n\r\n");
    for (int i = 0; i < 200; ++i) {
        talk.hear("Event: CoreShowChannel\r\nActionID: q1\r\n\r\n");
    }
    CHECK(talk.error(id) == base::Errc::too_large);
    CHECK(talk.session.pending() == 0);
}

TEST_CASE("No more actions wait than are allowed") {
    auto settings = plain();
    settings.max_pending = 2;
    auto talk = ready_talk(settings);
    talk.ask(ping());
    talk.ask(ping());
    const auto refused = talk.session.submit(*ping(), talk.now + 5s);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Errc::rate_limited);
}

TEST_CASE("Silence is ended by a ping, and a ping without an answer by a new connection") {
    auto talk = ready_talk();
    CHECK(talk.wait(15s) == News::none);
    CHECK_THAT(
        talk.session.take_output(), ContainsSubstring("Action: Ping\r\nActionID: qping\r\n")
    );
    talk.now += 20ms;
    talk.hear("Response: Success\r\nActionID: qping\r\nPing: Pong\r\n\r\n");
    CHECK(talk.session.response_time() == 20ms);
    CHECK(talk.wait(14s) == News::none);
    CHECK_FALSE(talk.session.has_output());
    CHECK(talk.wait(1s) == News::none);
    CHECK(talk.session.has_output());
    CHECK(talk.wait(9s) == News::none);
    CHECK(talk.wait(1s) == News::broken);
    CHECK(talk.session.phase() == Session::Phase::over);
}

TEST_CASE("When the connection ends, the outcome of what waits is unknown") {
    auto talk = ready_talk();
    const auto id = talk.ask(ping());
    talk.session.end("gone");
    talk.wait(0s);
    CHECK(talk.error(id) == base::Errc::timeout);
    CHECK_FALSE(talk.session.submit(*ping(), talk.now));
}

TEST_CASE("Other people's numbers are not ours") {
    auto talk = ready_talk();
    talk.ask(ping());
    talk.hear("Response: Success\r\nActionID: 1\r\n\r\n");
    talk.hear("Response: Success\r\nActionID: q1x\r\n\r\n");
    talk.hear("Response: Success\r\nActionID: q99999999999999999999999\r\n\r\n");
    talk.hear("Response: Error\r\nMessage: Missing action in request\r\n\r\n");
    CHECK(talk.done.empty());
    CHECK(talk.session.strays() == 4);
}

}  // namespace trunkline::ami
