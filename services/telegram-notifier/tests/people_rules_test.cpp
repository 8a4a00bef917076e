// What people may choose, what they see for it, and what the bot reads and writes: no I/O.

#include <algorithm>

#include "audience.hpp"
#include "base/timezone.hpp"
#include "bot_figures.hpp"
#include "bot_texts.hpp"
#include "call/card.hpp"
#include "card_buttons.hpp"
#include "courier.hpp"
#include "digest.hpp"
#include "keyboard.hpp"
#include "poll_answer.hpp"
#include "settings_menu.hpp"
#include "testing/catch.hpp"
#include "update.hpp"

using namespace trunkline;
using namespace trunkline::telegram;

namespace {

call::Call inbound(call::Phase phase, std::vector<std::string> rang, bool answered = false) {
    call::Call call;
    call.uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
    call.phase = phase;
    call.phone = "+375296254070";
    call.line = "0001363";
    call.rang = std::move(rang);
    call.answered = answered;
    if (answered) {
        call.talkers = {call.rang.front()};
        call.talker = call.rang.front();
    }
    return call;
}

call::Call internal(call::Phase phase) {
    auto call = inbound(phase, {"151"});
    call.direction = call::Direction::internal;
    call.caller = "150";
    call.callee = "151";
    call.line.clear();
    return call;
}

base::WallTime at(const std::string& local) {
    return base::parse_local_time(local, "Europe/Minsk").value();
}

tenants::Enterprise enterprise() {
    tenants::Enterprise out;
    out.number = "0367";
    out.name = "june";
    out.timezone = "Europe/Minsk";
    out.managers["150"] = {"Ковалёва Анна", "Анна К."};
    out.managers["151"] = {"Сидоров <b>Пётр</b>", ""};
    out.lines["0001363"] = {"Отдел продаж", "A1", ""};
    return out;
}

/// Every button of a keyboard: text and data.
std::vector<std::pair<std::string, std::string>> buttons(const std::string& keyboard) {
    std::vector<std::pair<std::string, std::string>> out;
    if (keyboard.empty()) {
        return out;
    }
    const auto document = json::parse(keyboard);
    REQUIRE(document);
    for (const auto row : document->root().find("inline_keyboard")->elements()) {
        for (const auto button : row.elements()) {
            const auto data = button.find("callback_data");
            out.emplace_back(
                *button.find("text")->string(),
                data ? *data->string() : *button.find("url")->string()
            );
        }
    }
    return out;
}

std::string data_of(const Menu& menu, std::string_view text) {
    for (const auto& [shown, data] : buttons(menu.keyboard)) {
        if (shown.find(text) != std::string::npos) {
            return data;
        }
    }
    return "none: " + std::string(text);
}

httpc::Outcome answer(unsigned status, std::string body) {
    httpc::Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

}  // namespace

TEST_CASE("whoever has chosen nothing sees everything", "[telegram]") {
    const tenants::Preferences everything;
    using call::Phase;
    for (const auto phase : {Phase::ringing_start, Phase::dialing, Phase::talking, Phase::done}) {
        CHECK(is_wanted(everything, inbound(phase, {})));
        CHECK(is_wanted(everything, internal(phase)));
    }
    CHECK_FALSE(quiet_until(everything, at("2026-01-15 03:00:00"), "Europe/Minsk"));
}

TEST_CASE("missed calls only: a call becomes one when it ends so", "[telegram]") {
    tenants::Preferences wants;
    wants.missed_only = true;
    using call::Phase;
    CHECK_FALSE(is_wanted(wants, inbound(Phase::ringing_start, {})));
    CHECK_FALSE(is_wanted(wants, inbound(Phase::talking, {"151"}, true)));
    CHECK_FALSE(is_wanted(wants, inbound(Phase::done, {"151"}, true)));
    CHECK(is_wanted(wants, inbound(Phase::done, {"151"})));
    CHECK(is_wanted(wants, internal(Phase::done)));
}

TEST_CASE("own extensions: a call becomes mine when my extension rings", "[telegram]") {
    tenants::Preferences wants;
    wants.extensions = {"151", "152"};
    using call::Phase;
    CHECK_FALSE(is_wanted(wants, inbound(Phase::ringing_start, {})));
    CHECK_FALSE(is_wanted(wants, inbound(Phase::dialing, {"150"})));
    CHECK(is_wanted(wants, inbound(Phase::dialing, {"150", "152"})));
    CHECK(is_wanted(wants, inbound(Phase::talking, {"151"}, true)));
    CHECK(is_wanted(wants, internal(Phase::dialing)));
    wants.extensions = {"159"};
    CHECK_FALSE(is_wanted(wants, internal(Phase::done)));
}

TEST_CASE("lines are asked of outside calls only, internal calls have a switch", "[telegram]") {
    tenants::Preferences wants;
    wants.lines = {"0001363"};
    using call::Phase;
    auto call = inbound(Phase::dialing, {"151"});
    CHECK(is_wanted(wants, call));
    call.line = "0001364";
    CHECK_FALSE(is_wanted(wants, call));
    call.line.clear();
    CHECK_FALSE(is_wanted(wants, call));
    CHECK(is_wanted(wants, internal(Phase::dialing)));
    wants.internal = false;
    CHECK_FALSE(is_wanted(wants, internal(Phase::dialing)));
}

TEST_CASE("quiet hours end at the clock of the enterprise, over midnight too", "[telegram]") {
    tenants::Preferences wants;
    wants.quiet_from = 22 * 60;
    wants.quiet_to = 8 * 60;
    const std::string zone = "Europe/Minsk";
    CHECK_FALSE(quiet_until(wants, at("2026-01-15 21:59:59"), zone));
    CHECK(quiet_until(wants, at("2026-01-15 22:00:00"), zone) == at("2026-01-16 08:00:00"));
    CHECK(quiet_until(wants, at("2026-01-16 07:59:59"), zone) == at("2026-01-16 08:00:00"));
    CHECK_FALSE(quiet_until(wants, at("2026-01-16 08:00:00"), zone));
    wants.quiet_from = 13 * 60;
    wants.quiet_to = 14 * 60 + 30;
    CHECK(quiet_until(wants, at("2026-01-16 13:00:00"), zone) == at("2026-01-16 14:30:00"));
    CHECK_FALSE(quiet_until(wants, at("2026-01-16 14:30:00"), zone));
    // The same moment is another hour elsewhere; an unknown zone silences nobody.
    CHECK_FALSE(quiet_until(wants, at("2026-01-16 13:00:00"), "Asia/Tokyo"));
    CHECK_FALSE(quiet_until(wants, at("2026-01-16 13:00:00"), "Nowhere/Land"));
    // The night when clocks are set forward has an hour less, and ends at eight all the same.
    wants.quiet_from = 22 * 60;
    wants.quiet_to = 8 * 60;
    const auto night = base::parse_local_time("2026-03-28 23:00:00", "Europe/Berlin").value();
    CHECK(
        quiet_until(wants, night, "Europe/Berlin") ==
        base::parse_local_time("2026-03-29 08:00:00", "Europe/Berlin").value()
    );
}

TEST_CASE(
    "a chat that has a card gets all that follows; a new call is kept for the digest", "[telegram]"
) {
    const tenants::Preferences everything;
    tenants::Preferences missed;
    missed.missed_only = true;
    using call::Phase;
    const auto talking = inbound(Phase::talking, {"151"}, true);
    CHECK(showing(everything, talking, false, false) == Showing::card);
    CHECK(showing(everything, talking, false, true) == Showing::nothing);
    CHECK(showing(everything, talking, true, true) == Showing::card);
    CHECK(showing(missed, talking, true, false) == Showing::card);
    CHECK(showing(missed, talking, false, false) == Showing::nothing);
    const auto ended = inbound(Phase::done, {"151"});
    CHECK(showing(missed, ended, false, true) == Showing::digest);
    CHECK(showing(missed, ended, false, false) == Showing::card);
}

TEST_CASE("times of day are read strictly", "[telegram]") {
    CHECK(parse_minutes("22:30") == 22 * 60 + 30);
    CHECK(parse_minutes("0:00") == 0);
    CHECK(format_minutes(5) == "00:05");
    for (const auto* wrong : {"", "24:00", "12:60", "12", "12:5", "-1:00", "ab:cd", "112:00"}) {
        CHECK_FALSE(parse_minutes(wrong));
    }
}

TEST_CASE("a digest tells the calls in their order and counts the missed ones", "[telegram]") {
    std::vector<DigestItem> items{
        {"b", at("2026-01-16 07:15:00"), false, "❌ Не отвечен: 2 → 151"},
        {"a", at("2026-01-15 23:05:00"), true, "✅ Завершен: 1 ↔ 151, 00:12"},
    };
    CHECK(
        digest_text(items, call::Language::ru, "Europe/Minsk") ==
        "🌙 Пока было тихо. Звонков: 2, не отвечено: 1\n\n15.01 23:05 ✅ Завершен: 1 ↔ 151, 00:12\n"
        "16.01 07:15 ❌ Не отвечен: 2 → 151"
    );
    items.pop_back();
    CHECK(
        digest_text(items, call::Language::en, "Europe/Minsk") ==
        "🌙 While it was quiet. Calls: 1, not answered: 1\n\n07:15 ❌ Не отвечен: 2 → 151"
    );
    CHECK(digest_text(items, call::Language::be, "UTC").find("04:15") != std::string::npos);
    CHECK(digest_text({}, call::Language::ru, "UTC").empty());
}

TEST_CASE(
    "a digest of any size fits into a message, and loses answered calls first", "[telegram]"
) {
    std::vector<DigestItem> items;
    for (int i = 0; i < 500; ++i) {
        const bool answered = i % 10 != 0;
        items.push_back(
            {std::to_string(i),
             at("2026-01-15 22:00:00") + std::chrono::minutes(i),
             answered,
             (answered ? "✅ Завершен: " : "❌ Не отвечен: ") + std::string(40, 'x')}
        );
    }
    items.push_back({"long", at("2026-01-15 22:00:00"), false, std::string(5000, 'y')});
    const auto text = digest_text(items, call::Language::ru, "Europe/Minsk");
    CHECK(characters(text) <= 4096);
    CHECK_THAT(text, ContainsSubstring("Звонков: 501, не отвечено: 51"));
    std::size_t missed = 0;
    for (auto at_byte = text.find("❌"); at_byte != std::string::npos;
         at_byte = text.find("❌", at_byte + 1)) {
        ++missed;
    }
    CHECK(missed == 50);
    CHECK_THAT(text, ContainsSubstring("… и ещё звонков: "));
}

TEST_CASE("commands are read as people and links write them", "[telegram]") {
    const auto command = [](std::string_view text) { return parse_command(text, "june_bot"); };
    CHECK(command("/start abc")->argument == "abc");
    CHECK(command("/START@June_Bot  abc def")->name == "start");
    CHECK(command("/START@June_Bot  abc def")->argument == "abc");
    CHECK(command("/stop")->argument.empty());
    CHECK_FALSE(command("/start@other_bot abc"));
    CHECK_FALSE(command("hello /start"));
    CHECK(parse_command("/start@any_bot x", "")->argument == "x");
    CHECK(is_start_code("aZ09_-"));
    CHECK(is_start_code(std::string(64, 'a')));
    for (const auto& wrong :
         {std::string(),
          std::string(65, 'a'),
          std::string("a b"),
          std::string("'; DROP"),
          std::string("é")}) {
        CHECK_FALSE(is_start_code(wrong));
    }
}

TEST_CASE("updates are read whatever else they hold", "[telegram]") {
    const auto read = [](const std::string& text) {
        const auto document = json::parse(text);
        REQUIRE(document);
        return parse_update(document->root());
    };
    const auto topic = read(
        R"({"update_id":5,"message":{"message_id":1,"from":{"id":9},"chat":{"id":-100,"type":"supergroup",)"
        R"("title":"Продажи"},"message_thread_id":7,"is_topic_message":true,"text":"/start x"}})"
    );
    REQUIRE(topic);
    CHECK(topic->kind == Update::Kind::text);
    CHECK_FALSE(topic->chat.is_private);
    CHECK(topic->chat.title == "Продажи");
    CHECK(topic->thread == 7);
    // A reply's thread in an ordinary group is no topic.
    const auto reply = read(
        R"({"update_id":5,"message":{"chat":{"id":-100,"type":"group"},"message_thread_id":7,"text":"x"}})"
    );
    CHECK_FALSE(reply->thread);
    const auto press =
        read(R"({"update_id":6,"callback_query":{"id":"77","from":{"id":9},"data":"s:m::0367",)"
             R"("message":{"message_id":3,"chat":{"id":9,"type":"private","first_name":"А"}}}})");
    CHECK(press->kind == Update::Kind::button);
    CHECK(press->callback_id == "77");
    CHECK(press->message == 3);
    // Of a message that is too old Telegram tells no more than that there was one.
    CHECK(read(R"({"update_id":6,"callback_query":{"id":"77","data":"x"}})")->message == 0);
    const auto blocked =
        read(R"({"update_id":7,"my_chat_member":{"chat":{"id":9,"type":"private"},"from":{"id":9},)"
             R"("new_chat_member":{"status":"kicked"}}})");
    CHECK(blocked->kind == Update::Kind::membership);
    CHECK(blocked->status == "kicked");
    CHECK(
        read(R"({"update_id":8,"message":{"chat":{"id":-1},"migrate_to_chat_id":-1001}})")->kind ==
        Update::Kind::moved
    );
    CHECK(read(R"({"update_id":8,"edited_message":{}})")->kind == Update::Kind::other);
    CHECK(read(R"({"update_id":8,"message":"x"})")->kind == Update::Kind::other);
    CHECK(read(R"({"update_id":8,"message":{"chat":[],"text":{}}})")->kind == Update::Kind::other);
    CHECK_FALSE(read(R"({"message":{}})"));
    CHECK_FALSE(read(R"([])"));
}

TEST_CASE("the settings show what is chosen and change it by their own buttons", "[telegram]") {
    const auto june = enterprise();
    Subscription subscription;
    subscription.enterprise = "0367";
    auto menu = settings_menu(SettingsAction{}, june, subscription);
    CHECK(menu.text == "Настройки: <b>june</b>");
    const auto press = [&](std::string_view text) {
        const auto action = parse_settings_action(data_of(menu, text));
        INFO(text << " " << data_of(menu, text));
        REQUIRE(action);
        const bool changed = apply(*action, june, subscription);
        menu = settings_menu(*action, june, subscription);
        return changed;
    };
    CHECK(data_of(menu, "• Русский") == "s:l:ru:0367");
    CHECK_FALSE(press("Русский"));
    CHECK(press("Только пропущенные"));
    CHECK(subscription.wants.missed_only);
    CHECK(press("Внутренние: да"));
    CHECK_FALSE(subscription.wants.internal);
    CHECK_FALSE(press("Добавочные: все"));
    CHECK(press("151 Сидоров"));
    CHECK(press("150 Анна К."));
    CHECK(subscription.wants.extensions == std::vector<std::string>{"151", "150"});
    CHECK(press("• 151"));
    CHECK_FALSE(press("« Назад"));
    CHECK_FALSE(press("Линии: все"));
    CHECK(press("Отдел продаж"));
    CHECK(press("• Отдел продаж"));
    CHECK(subscription.wants.lines.empty());
    press("« Назад");
    press("Тихие часы: нет");
    CHECK(press("20:00–08:00"));
    CHECK(press("−"));
    CHECK(subscription.wants.quiet_from == 19 * 60 + 30);
    CHECK(press("Без тихих часов"));
    CHECK_FALSE(subscription.wants.quiet_to);
    press("« Назад");
    CHECK(press("English"));
    CHECK(menu.text == "Settings: <b>june</b>");
    press("Close");
    CHECK(menu.keyboard.empty());
    CHECK(subscription.wants.extensions == std::vector<std::string>{"150"});
}

TEST_CASE("data of buttons that nobody has made changes nothing", "[telegram]") {
    for (const auto* wrong :
         {"", "s:", "s:m", "s:m:", "x:m::0367", "s:z:1:0367", "s:mm::0367", "S:m::0367"}) {
        INFO(wrong);
        CHECK_FALSE(parse_settings_action(wrong));
    }
    const auto june = enterprise();
    Subscription subscription;
    for (const auto* hostile :
         {"s:l:xx:0367",
          "s:E:999:0367",
          "s:N:nowhere:0367",
          "s:Q:25000800:0367",
          "s:Q:0800:0367",
          "s:Q:08000800:0367",
          "s:e:p99999999999999999999:0367"}) {
        INFO(hostile);
        const auto action = parse_settings_action(hostile);
        REQUIRE(action);
        CHECK_FALSE(apply(*action, june, subscription));
        CHECK_FALSE(settings_menu(*action, june, subscription).text.empty());
    }
    CHECK(subscription.wants == tenants::Preferences{});
}

TEST_CASE("no button is longer than Telegram takes, however many choices there are", "[telegram]") {
    auto june = enterprise();
    june.number = std::string(40, '7');
    for (int i = 0; i < 300; ++i) {
        june.managers[std::to_string(1000 + i)] = {std::string(300, 'x'), ""};
    }
    june.managers[std::string(60, '9')] = {"an extension that no button can name", ""};
    Subscription subscription;
    subscription.enterprise = june.number;
    for (const auto* page : {"", "p0", "p7", "p99"}) {
        const SettingsAction action{'e', page, june.number};
        const auto all = buttons(settings_menu(action, june, subscription).keyboard);
        CHECK(all.size() > 3);
        CHECK(all.size() <= 100);
        for (const auto& [text, data] : all) {
            CHECK(data.size() <= Keyboard::max_data);
            CHECK(characters(text) <= 64);
        }
    }
}

TEST_CASE("links are buttons only where Telegram takes them", "[telegram]") {
    CHECK(is_button_url("https://calls.example.by/recordings/1?exp=2"));
    CHECK(is_button_url("http://127.0.0.1:8000/x"));
    for (const auto* wrong :
         {"", "http://localhost/x", "http://localhost:8000/a.b", "x.by", "tg://x.y"}) {
        INFO(wrong);
        CHECK_FALSE(is_button_url(wrong));
    }
    CHECK(Keyboard().link("x", "http://localhost/").button("y", "").json().empty());
    CHECK(Keyboard().button("y", std::string(65, 'd')).json().empty());
    CHECK(
        Keyboard().button("\"<b>", "d").row().json() ==
        R"({"inline_keyboard":[[{"text":"\"<b>","callback_data":"d"}]]})"
    );
}

TEST_CASE("a button under a card names its call and nothing else", "[telegram]") {
    const std::string uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
    CHECK(parse_button_action("cb:" + uuid)->kind == ButtonAction::Kind::call_back);
    CHECK(parse_button_action("ex:" + uuid)->call_uuid == uuid);
    for (const auto& wrong : {std::string("cb:"), "cb:" + uuid + "x", std::string("ex:1"), uuid}) {
        CHECK_FALSE(parse_button_action(wrong));
    }
    tenants::Preferences wants;
    CHECK(callback_extension(wants, {"151", "152"}, {"150"}) == "152");
    CHECK(callback_extension(wants, {"+375291112233"}, {"+375291112233", "150"}) == "150");
    CHECK(callback_extension(wants, {}, {}).empty());
    wants.extensions = {"159"};
    CHECK(callback_extension(wants, {"151"}, {}) == "159");
}

TEST_CASE("answers to getUpdates are read by the contract", "[telegram]") {
    using Kind = PollAnswer::Kind;
    const auto kind = [](const httpc::Outcome& outcome) { return read_poll_answer(outcome).kind; };
    CHECK(kind(answer(200, R"({"ok":true,"result":[]})")) == Kind::updates);
    CHECK(kind(answer(200, R"({"ok":true,"result":true})")) == Kind::retry);
    CHECK(kind(answer(502, "<html>")) == Kind::retry);
    CHECK(kind(answer(500, R"({"ok":false,"error_code":500,"description":"x"})")) == Kind::retry);
    CHECK(kind(answer(401, R"({"ok":false,"description":"Unauthorized"})")) == Kind::stop);
    CHECK(kind(answer(404, R"({"ok":false,"description":"Not Found"})")) == Kind::stop);
    CHECK(
        kind(answer(
            409, R"({"ok":false,"description":"Conflict: terminated by other getUpdates request"})"
        )) == Kind::conflict
    );
    CHECK(
        kind(answer(
            409,
            R"({"ok":false,"description":"Conflict: can't use getUpdates method while webhook is active"})"
        )) == Kind::webhook
    );
    const auto flood = read_poll_answer(
        answer(429, R"({"ok":false,"description":"x","parameters":{"retry_after":7}})")
    );
    CHECK(flood.kind == Kind::wait);
    CHECK(flood.retry_after == std::chrono::seconds(7));
    const auto fail = [](base::Errc code) -> httpc::Outcome {
        return std::unexpected(httpc::Failure{{code, "x", {}, {}}, true});
    };
    CHECK(kind(fail(base::Errc::timeout)) == Kind::retry);
    CHECK(kind(fail(base::Errc::too_large)) == Kind::too_large);
    CHECK(
        read_poll_answer(answer(200, R"({"ok":true,"result":[{"update_id":1}]})"))
            .updates()
            .begin() != json::Elements(json::parse("[]")->root().elements()).end()
    );
}

TEST_CASE("an empty quick answer makes a pause, others none", "[telegram]") {
    using namespace std::chrono_literals;
    CHECK(pause_after(0, 3ms) >= 500ms);
    CHECK(pause_after(0, 30'000ms) == 0ms);
    CHECK(pause_after(2, 3ms) == 0ms);
}

TEST_CASE("a webhook's secret is long, allowed, and another for each bot and key", "[telegram]") {
    const auto secret = webhook_secret("1:token", "key");
    CHECK(secret.size() == 64);
    CHECK(is_start_code(secret));
    CHECK(secret == webhook_secret("1:token", "key"));
    CHECK(secret != webhook_secret("1:other", "key"));
    CHECK(secret != webhook_secret("1:token", "other"));
}

TEST_CASE("whatever a name holds, requests stay JSON and cards stay HTML", "[telegram]") {
    const std::vector<std::string> names{
        "<b>Иван",
        "Иван & <i>Ко</i>",
        "😀👨‍👩‍👧‍👦",
        std::string(300, 'x'),
        "שלום עולם مرحبا",
        "\u202Eabc",
        "&nbsp;&lt;&amp;",
        "\"quoted\" 'name'",
        "</b></a>",
    };
    for (const auto& name : names) {
        INFO(name);
        call::CardOptions options;
        options.names.customer = name;
        options.names.managers["151"] = name;
        options.names.line = name;
        options.show_line = true;
        auto call = inbound(call::Phase::done, {"151"}, true);
        const auto text = call::card_text(call, options);
        // No tag of ours is in it, so no bracket may be.
        CHECK(text.find('<') == std::string::npos);
        CHECK(text.find('>') == std::string::npos);
        for (auto amp = text.find('&'); amp != std::string::npos; amp = text.find('&', amp + 1)) {
            const auto reference = text.substr(amp, text.find(';', amp) - amp + 1);
            CHECK(
                (reference == "&amp;" || reference == "&lt;" || reference == "&gt;" ||
                 reference == "&quot;")
            );
        }
        CHECK(characters(text) <= 4096);
        const auto body = json::parse(message_body(5, std::nullopt, text));
        REQUIRE(body);
        CHECK(body->root().find("text")->string() == text);
        auto june = enterprise();
        june.name = name;
        const auto menu = settings_menu(SettingsAction{}, june, Subscription{});
        const auto inside = menu.text.substr(menu.text.find("<b>") + 3);
        CHECK(inside.substr(0, inside.find("</b>")).find('<') == std::string::npos);
    }
}

TEST_CASE("every language has all of the bot's words", "[telegram]") {
    for (const auto language : {call::Language::ru, call::Language::be, call::Language::en}) {
        const auto& texts = bot_texts(language);
        // Plain members of one type, one after another.
        const auto* first = &texts.welcome;
        const auto count = sizeof(BotTexts) / sizeof(std::string_view);
        for (std::size_t i = 0; i < count; ++i) {
            INFO(i);
            CHECK_FALSE(first[i].empty());
        }
    }
}

TEST_CASE("each bot's figures are its own", "[telegram]") {
    metrics::Registry registry;
    BotFigures figures(registry);
    figures.note(1, "sendMessage", answer(200, "{}"));
    figures.note(1, "sendMessage", answer(429, "{}"));
    figures.note(2, "sendMessage", std::unexpected(httpc::Failure{}));
    figures.note_delay(1, std::chrono::milliseconds(40));
    figures.note_conflict(2);
    figures.set_queues({{1, {3, 1, 250}}});
    json::Writer writer;
    figures.write(writer);
    CHECK(
        writer.take() ==
        R"([{"bot_id":1,"waiting":3,"in_flight":1,"oldest_ms":250,"requests":2,"rate_limited":1,)"
        R"("errors":1,"unanswered":0,"poll_conflicts":0,"delay_ms_p50":50,"delay_ms_p99":50},)"
        R"({"bot_id":2,"waiting":0,"in_flight":0,"oldest_ms":0,"requests":1,"rate_limited":0,)"
        R"("errors":1,"unanswered":1,"poll_conflicts":1,"delay_ms_p50":0,"delay_ms_p99":0}])"
    );
    const auto rendered = registry.render();
    CHECK_THAT(rendered, ContainsSubstring(R"(telegram_queue{bot="1"} 3)"));
    CHECK_THAT(rendered, ContainsSubstring(R"(telegram_rate_limited_total{bot="1"} 1)"));
    CHECK_THAT(
        rendered,
        ContainsSubstring(
            R"(telegram_errors_total{bot="2",kind="unreachable",method="sendMessage"} 1)"
        )
    );
    figures.set_queues({});
    CHECK(figures.totals().waiting == 0);
}
