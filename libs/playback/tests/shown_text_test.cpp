#include "playback/shown_text.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::playback;

namespace {

const Parties parties{
    .outside = "+375 (29) 000-00-01", .ours = {"151", "152", "+375 (33) 000-00-09"}
};

}  // namespace

TEST_CASE("names beside numbers are taken away", "[playback]") {
    CHECK(
        without_names(
            "✅ Завершен: +375 (29) 000-00-01 (Иванов (опт)) ↔ Сидоров Пётр (151), 00:12", parties
        ) == "✅ Завершен: +375 (29) 000-00-01 ↔ 151, 00:12"
    );
    CHECK(
        without_names(
            "📞 Дозвон от +375 (29) 000-00-01 → Федот Попов (151), Новик Ольга (152), +375 (33) "
            "000-00-09",
            parties
        ) == "📞 Дозвон от +375 (29) 000-00-01 → 151, 152, +375 (33) 000-00-09"
    );
    CHECK(
        without_names(
            "📞 Дозвон от Федот Попов (151) → +375 (29) 000-00-01 (ООО «Ромашка», Минск)", parties
        ) == "📞 Дозвон от 151 → +375 (29) 000-00-01"
    );
    CHECK(
        without_names("🛎️ Внутренний звонок\nСидоров Пётр (151) → Новик Ольга (152)", parties) ==
        "🛎️ Внутренний звонок\n151 → 152"
    );
}

TEST_CASE("extra lines are no part of the text", "[playback]") {
    CHECK(
        without_names(
            "🔗 Разговор: +375 (29) 000-00-01 ↔ 151\n📡 Отдел продаж\n🔉 Запись разговора", parties
        ) == "🔗 Разговор: +375 (29) 000-00-01 ↔ 151"
    );
}

TEST_CASE("a ringing card may name the line", "[playback]") {
    const std::string expected = "📞 Звонок от +375 (29) 000-00-01 → приветствие";
    CHECK(is_same_text("📞 Звонок от +375 (29) 000-00-01 → Отдел продаж", expected, parties));
    CHECK(is_same_text(expected, expected, parties));
    CHECK_FALSE(is_same_text("📞 Звонок от +375 (29) 000-00-02 → Отдел продаж", expected, parties));
    CHECK_FALSE(is_same_text(
        "🔗 Разговор: +375 (29) 000-00-01 ↔ 152", "🔗 Разговор: +375 (29) 000-00-01 ↔ 151", parties
    ));
}

TEST_CASE("who takes part stands in the fields", "[playback]") {
    const auto known = parties_of(
        {{"token", {"375290000000"}},
         {"phone", {"+375290000001"}},
         {"line", {"0001363"}},
         {"extensions", {"151", "+375330000009"}}}
    );
    CHECK(known.outside == "+375 (29) 000-00-01");
    CHECK(known.ours == std::vector<std::string>{"151", "+375 (33) 000-00-09"});
    CHECK(parties_of({{"phone", {""}}}).outside == "Номер не определен");
}

TEST_CASE("cards in other languages are known as such", "[playback]") {
    CHECK(is_russian_card("❌ Не отвечен: 151 → +375 (29) 000-00-01"));
    CHECK(is_russian_card("✅ Завершен (внутр.): 151 ↔ 152, 00:40"));
    CHECK_FALSE(is_russian_card("✅ Завершаны: 151"));
    CHECK_FALSE(is_russian_card("✅ Ended: 151"));
}
