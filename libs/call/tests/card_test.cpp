#include "call/card.hpp"

#include "scenario.hpp"
#include "testing/catch.hpp"

using namespace trunkline::call;
using trunkline::call::scenario::at;
using trunkline::call::scenario::E;

namespace {

Call inbound(Phase phase) {
    Call call;
    call.uuid = "u";
    call.phone = E;
    call.phase = phase;
    call.rang = {"151", "152"};
    call.revision = static_cast<std::uint64_t>(phase);
    if (phase >= Phase::talking) {
        call.talkers = {"152"};
        call.talker = "152";
        call.answered = true;
    }
    if (phase == Phase::done) {
        call.talk_s = 3725;
    }
    return call;
}

CardState shown(const Call& call, const CardOptions& options = CardOptions()) {
    return next_card(CardState(), call, options).state;
}

}  // namespace

TEST_CASE("Durations are MM:SS, from an hour H:MM:SS", "[call]") {
    CHECK(format_duration(0) == "00:00");
    CHECK(format_duration(59) == "00:59");
    CHECK(format_duration(3599) == "59:59");
    CHECK(format_duration(3600) == "1:00:00");
    CHECK(format_duration(3725) == "1:02:05");
    CHECK(format_duration(-5) == "00:00");
}

TEST_CASE("Names stand beside numbers and are escaped", "[call]") {
    CardOptions options;
    options.names.customer = "Иванов <VIP> & Ко";
    options.names.managers = {{"151", "Анна \"А\""}};
    options.names.line = "Офис <1>";
    CHECK(
        card_text(inbound(Phase::dialing), options) ==
        "📞 Дозвон от +375 (29) 000-00-01 (Иванов &lt;VIP&gt; &amp; Ко) → Анна &quot;А&quot; "
        "(151), 152"
    );
    CHECK(
        card_text(inbound(Phase::ringing_start), options) ==
        "📞 Звонок от +375 (29) 000-00-01 (Иванов &lt;VIP&gt; &amp; Ко) → Офис &lt;1&gt;"
    );
}

TEST_CASE("Extra lines come after the text", "[call]") {
    CardOptions options;
    options.show_line = true;
    options.show_recording = true;
    options.names.line = "Офис";
    Call call = inbound(Phase::done);
    call.line = "0001363";
    call.record_url = "https://pbx.example.by/recordings/u?exp=1&sig=2";
    CHECK(
        card_text(call, options) ==
        "✅ Завершен: +375 (29) 000-00-01 ↔ 152, 1:02:05\n📡 Офис\n🔉 <a "
        "href=\"https://pbx.example.by/recordings/u?exp=1&amp;sig=2\">Запись разговора</a>"
    );
    call.answered = false;
    CHECK(card_text(call, options) == "❌ Не отвечен: +375 (29) 000-00-01 → 151, 152\n📡 Офис");
}

TEST_CASE("Internal calls have their own texts", "[call]") {
    Call call = inbound(Phase::dialing);
    call.direction = Direction::internal;
    call.caller = "150";
    call.callee = "151";
    call.rang = {"151"};
    CardOptions options;
    options.names.managers = {{"150", "Пётр"}};
    CHECK(card_text(call, options) == "🛎️ Внутренний звонок\nПётр (150) → 151");
    call.phase = Phase::ringing_start;
    CHECK(card_text(call, options) == "🛎️ Внутренний звонок\nПётр (150) → 151");
}

TEST_CASE("Every language has every text", "[call]") {
    for (const char* code : {"ru", "be", "en"}) {
        const auto language = parse_language(code);
        REQUIRE(language);
        CardOptions options;
        options.language = *language;
        std::vector<std::string> texts;
        for (const bool internal : {false, true}) {
            for (const Phase phase :
                 {Phase::ringing_start, Phase::dialing, Phase::talking, Phase::done}) {
                Call call = inbound(phase);
                call.direction = internal ? Direction::internal : Direction::in;
                call.caller = "150";
                const std::string text = card_text(call, options);
                CHECK_FALSE(text.starts_with(" "));
                CHECK_FALSE(text.empty());
            }
        }
    }
    CHECK_FALSE(parse_language("de"));
    CHECK_FALSE(parse_language(""));
}

TEST_CASE("A card is sent once and then replaced", "[call]") {
    const CardOptions options;
    CardStep step = next_card(CardState(), inbound(Phase::ringing_start), options);
    CHECK(step.op == CardOp::send);
    step = next_card(step.state, inbound(Phase::ringing_start), options);
    CHECK(step.op == CardOp::none);
    step = next_card(step.state, inbound(Phase::dialing), options);
    CHECK(step.op == CardOp::replace);
    step = next_card(step.state, inbound(Phase::done), options);
    CHECK(step.op == CardOp::replace);
    CHECK(step.text == "✅ Завершен: +375 (29) 000-00-01 ↔ 152, 1:02:05");
}

TEST_CASE("A card never goes back", "[call]") {
    const CardOptions options;
    const CardState done = shown(inbound(Phase::done));
    CHECK(next_card(done, inbound(Phase::dialing), options).op == CardOp::none);
    Call newer = inbound(Phase::talking);
    newer.revision = 99;
    const CardStep step = next_card(done, newer, options);
    CHECK(step.op == CardOp::none);
    CHECK(step.state.phase == Phase::done);
    newer.reopened = 1;
    const CardStep reopened = next_card(step.state, newer, options);
    CHECK(reopened.op == CardOp::replace);
    CHECK(reopened.state.phase == Phase::talking);
}

TEST_CASE("A name that comes in late is edited in", "[call]") {
    const CardState sent = shown(inbound(Phase::dialing));
    CardOptions options;
    options.names.customer = "Иванов";
    const CardStep step = next_card(sent, inbound(Phase::dialing), options);
    CHECK(step.op == CardOp::replace);
    CHECK(step.text == "📞 Дозвон от +375 (29) 000-00-01 (Иванов) → 151, 152");
}

TEST_CASE("A late correction by recovery is a comment, told once", "[call]") {
    const CardState done = shown(inbound(Phase::done));
    Call corrected = inbound(Phase::done);
    corrected.talk_s = 60;
    corrected.corrected = true;
    corrected.recovered = true;
    ++corrected.revision;
    const CardOptions options;
    const CardStep step = next_card(done, corrected, options);
    CHECK(step.op == CardOp::comment);
    CHECK(step.text == "✅ Завершен: +375 (29) 000-00-01 ↔ 152, 01:00\n✏️ Исправлено");
    CHECK(next_card(step.state, corrected, options).op == CardOp::none);
}

TEST_CASE("A correction that is no recovery replaces the text", "[call]") {
    const CardState done = shown(inbound(Phase::done));
    Call corrected = inbound(Phase::done);
    corrected.talk_s = 60;
    corrected.corrected = true;
    ++corrected.revision;
    CHECK(next_card(done, corrected, CardOptions()).op == CardOp::replace);
}

TEST_CASE("The final text can be a comment to a young conversation", "[call]") {
    CardOptions options;
    options.final_mode = FinalMode::comment;
    options.now = at(0);
    const CardState talking = shown(inbound(Phase::talking), options);
    options.now = at(599);
    const CardStep young = next_card(talking, inbound(Phase::done), options);
    CHECK(young.op == CardOp::comment);
    CHECK(young.state.phase == Phase::done);
    CHECK(young.state.text == talking.text);
    CHECK(next_card(young.state, inbound(Phase::done), options).op == CardOp::none);
    options.now = at(601);
    CHECK(next_card(talking, inbound(Phase::done), options).op == CardOp::replace);
}

TEST_CASE("A number that is no number anybody can show is hidden", "[call]") {
    Call call = inbound(Phase::ringing_start);
    call.phone = "";
    CHECK(card_text(call, CardOptions()) == "📞 Звонок от Номер не определен → приветствие");
    call.phone = "37052628760";
    CHECK(card_text(call, CardOptions()) == "📞 Звонок от +37052628760 → приветствие");
}

TEST_CASE("A name can neither break the line nor turn its direction", "[call]") {
    CardOptions options;
    options.names.customer =
        "a\nb\tc\xE2\x80\xAE"
        "d\xE2\x81\xA7";
    CHECK(
        card_text(inbound(Phase::ringing_start), options) ==
        "📞 Звонок от +375 (29) 000-00-01 (a b cd) → приветствие"
    );
    options.names.customer = " \n ";
    CHECK(
        card_text(inbound(Phase::ringing_start), options) ==
        "📞 Звонок от +375 (29) 000-00-01 → приветствие"
    );
}

TEST_CASE("A card is never longer than Telegram takes, whatever the names", "[call]") {
    Call call = inbound(Phase::dialing);
    call.rang.clear();
    CardOptions options;
    for (int extension = 100; extension < 400; ++extension) {
        call.rang.push_back(std::to_string(extension));
        std::string name;
        for (int i = 0; i < 300; ++i) {
            name += "<😀";
        }
        options.names.managers[call.rang.back()] = name;
    }
    const std::string text = card_text(call, options);
    CHECK(text.size() <= 32768);
    CHECK_THAT(text, ContainsSubstring("… +268"));
    CHECK_FALSE(text.find('<') != std::string::npos);
    options.names.managers.clear();
    options.names.customer = std::string(300, 'x');
    CHECK_THAT(
        card_text(inbound(Phase::dialing), options), ContainsSubstring(options.names.customer)
    );
}

TEST_CASE("What people read of HTML has neither tags nor references", "[call]") {
    CHECK(
        plain_text("a <b>b</b> &lt;c&gt; &amp;nbsp; <a href=\"x&quot;\">d</a>") ==
        "a b <c> &nbsp; d"
    );
    CHECK(plain_text("a <b") == "a ");
    CHECK(shorten("абвг", 4) == "абвг");
    CHECK(shorten("абвгд", 4) == "абв…");
}

TEST_CASE("A recording's link that fits nowhere else is told once in a comment", "[call]") {
    CardOptions options;
    const CardState done = shown(inbound(Phase::done), options);
    Call call = inbound(Phase::done);
    ++call.revision;
    call.record_url = "http://localhost/recordings/u?a=1&b=2";
    CHECK(next_card(done, call, options).op == CardOp::none);
    options.comment_recording = true;
    const CardStep step = next_card(done, call, options);
    CHECK(step.op == CardOp::comment);
    CHECK(step.text == "🔉 Запись разговора: http://localhost/recordings/u?a=1&amp;b=2");
    ++call.revision;
    CHECK(next_card(step.state, call, options).op == CardOp::none);
}
