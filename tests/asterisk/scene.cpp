#include "scene.hpp"

#include <chrono>

#include "base/text.hpp"
#include "json/document.hpp"
#include "testing/catch.hpp"
#include "testing/present.hpp"

namespace trunkline::asterisk {

using namespace std::chrono_literals;

Scene::Scene() : phones(exchange) {
    exchange.start();
    suite.sql(
        "INSERT INTO pbx_servers (id, enterprise_number, host, port, username, secret, "
        "dial_context, record_folder, reconnect_delay) VALUES ('7', '0367', '127.0.0.1', " +
        std::to_string(exchange.ami_port()) + ", '" + exchange.username() + "', '" +
        exchange.secret() + "', 'internal', '0367', 1)"
    );
    suite.start("pbx-gateway");
    testing::wait_until(
        [&] { return get("/channels").status == 200; }, 20s, "the gateway is connected"
    );
}

e2e::HttpAnswer Scene::get(const std::string& path) const {
    return e2e::http("GET", address() + path);
}

e2e::HttpAnswer Scene::send(
    const std::string& method, const std::string& path, const std::string& body
) const {
    return e2e::http(method, address() + path, body);
}

e2e::HttpAnswer Scene::post(const std::string& path, const std::string& body) const {
    return send("POST", path, body);
}

e2e::HttpAnswer Scene::on(
    const std::string& channel, const std::string& what, const std::string& body
) const {
    return post("/calls/" + base::percent_encode(channel) + "/" + what, body);
}

std::vector<Channel> Scene::channels() const {
    std::vector<Channel> out;
    const auto answer = get("/channels");
    const auto document = answer.json();
    for (const auto one :
         testing::present(document.root().find("channels"), "no channels").elements()) {
        const auto text = [&one](std::string_view key) {
            return std::string(testing::present(one.find(key)).string().value_or(""));
        };
        out.push_back(
            {text("channel"), text("bridge"), text("context"), text("application"), text("uniqueid")
            }
        );
    }
    return out;
}

std::optional<Channel> Scene::channel_of(const std::string& start) const {
    for (const auto& one : channels()) {
        if (one.name.starts_with(start)) {
            return one;
        }
    }
    return std::nullopt;
}

std::string Scene::name_of(const std::string& start) const {
    return testing::present(channel_of(start), "no such channel").name;
}

void Scene::wait_until_together(const std::string& one, const std::string& other) const {
    testing::wait_until(
        [&] {
            const auto a = channel_of(one);
            const auto b = channel_of(other);
            return a && b && !a->bridge.empty() && a->bridge == b->bridge;
        },
        20s,
        one + " talks with " + other
    );
}

void Scene::wait_until_gone(const std::string& start) const {
    testing::wait_until([&] { return !channel_of(start); }, 20s, start + " has gone");
}

std::string Scene::call_from_outside() {
    phones.plug_in("151", "speaks");
    return call_151();
}

std::string Scene::call_151(const std::string& scenario, Phones::Media media) {
    phones.call(
        {.from = "375296254070", .to = "375173880051", .stay_ms = 120'000}, scenario, media
    );
    wait_until_together("PJSIP/trunk-main", "PJSIP/151");
    return name_of("PJSIP/trunk-main");
}

void Scene::keep_sound_from(const std::string& channel, const std::string& file) const {
    exchange.console("mixmonitor start " + channel + " both-" + file + ",r(" + file + ")");
}

Sound Scene::sound(const std::string& file) const { return sound_in(exchange.recordings() / file); }

void Scene::wait_for_sound(const std::string& file) const {
    testing::wait_until([&] { return sound(file).loud_seconds >= 2; }, 20s, "sound in " + file);
}

std::string Scene::spy(const std::string& channel, const std::string& mode) const {
    const auto spied = on(channel, "spy", R"({"supervisor":"155","mode":")" + mode + "\"}");
    INFO(spied.body);
    REQUIRE(spied.status == 202);
    std::string own;
    testing::wait_until(
        [&] {
            const auto one = channel_of("PJSIP/155");
            own = one ? one->name : "";
            return one && one->application == "ChanSpy";
        },
        10s,
        "155 listens in"
    );
    return own;
}

void Scene::stop_spying(const std::string& own) const {
    CHECK(on(own, "hangup").status == 200);
    wait_until_gone("PJSIP/155");
}

}  // namespace trunkline::asterisk
