#include "mapping.hpp"

#include "people.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::bitrix24;

namespace {

const Context context{.line = "375173880000", .timezone = "Europe/Minsk", .crm_source = ""};

Users some_users() {
    Users users;
    const auto document = json::parse(
        R"({"result":[{"ID":"11","NAME":"Анна","LAST_NAME":"Ковалёва","UF_PHONE_INNER":"150"},)"
        R"({"ID":12,"NAME":"Пётр","LAST_NAME":"Сидоров","UF_PHONE_INNER":"151"},{"ID":"1","NAME":"Ада"}],"next":50})"
    );
    add_users(document->root(), users);
    return users;
}

call::Call call_of(call::Direction direction) {
    call::Call call;
    call.direction = direction;
    call.phone = "375296254070";
    call.rang = {"150", "151"};
    call.unique_id = "1759230684.16";
    call.uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
    call.started_at = *base::parse_iso8601("2025-09-30T08:15:02.700Z");
    return call;
}

}  // namespace

TEST_CASE("an inbound call is registered to the letter", "[bitrix24]") {
    const auto registration =
        registration_of(call_of(call::Direction::in), "1759230684.16", 11, context);
    CHECK(
        register_parameters(registration, true) ==
        R"({"USER_ID":11,"PHONE_NUMBER":"+375296254070","TYPE":2,"CALL_START_DATE":"2025-09-30T11:15:02+03:00",)"
        R"("LINE_NUMBER":"375173880000","EXTERNAL_CALL_ID":"1759230684.16","SHOW":1,"ADD_TO_CHAT":0,"CRM_CREATE":0})"
    );
}

TEST_CASE("an outbound call is of type 1; what is not known is left out", "[bitrix24]") {
    Context bare;
    bare.timezone = "nowhere";
    bare.crm_create = true;
    bare.crm_source = "CALL";
    const auto registration = registration_of(call_of(call::Direction::out), "minsk-1.1", 12, bare);
    CHECK(
        register_parameters(registration, false) ==
        R"({"USER_ID":12,"PHONE_NUMBER":"+375296254070","TYPE":1,"CALL_START_DATE":"2025-09-30T08:15:02+00:00",)"
        R"("EXTERNAL_CALL_ID":"minsk-1.1","SHOW":0,"ADD_TO_CHAT":0,"CRM_CREATE":1,"CRM_SOURCE":"CALL"})"
    );
}

TEST_CASE("times carry the offset of their zone, also west of Greenwich", "[bitrix24]") {
    const auto time = *base::parse_iso8601("2025-07-01T12:00:00Z");
    CHECK(time_with_zone(time, "America/St_Johns") == "2025-07-01T09:30:00-02:30");
    CHECK(time_with_zone(time, "Asia/Kolkata") == "2025-07-01T17:30:00+05:30");
}

TEST_CASE("users are found by their inner numbers, ids as texts and as numbers", "[bitrix24]") {
    const auto users = some_users();
    CHECK(users.by_extension("150")->id == 11);
    CHECK(users.by_extension("151")->name == "Сидоров Пётр");
    CHECK(users.by_extension("") == nullptr);
    CHECK(users.all().size() == 3);
    auto call = call_of(call::Direction::in);
    using Ids = std::vector<std::int64_t>;
    CHECK(ringing_users(call, users, 1) == Ids{11, 12});
    call.rang = {"199", "151", "151"};
    CHECK(ringing_users(call, users, 1) == Ids{12});
    call.rang = {"199"};
    CHECK(ringing_users(call, users, 1) == Ids{1});
    CHECK(ringing_users(call, users, std::nullopt).empty());
    call.talkers = {"150", "151"};
    CHECK(talking_user(call, users, 1) == 12);
    call.talkers = {"199"};
    CHECK(talking_user(call, users, 1) == 1);
    CHECK(next_page_of(json::parse(R"({"result":[],"next":"50"})")->root()) == 50);
    CHECK_FALSE(next_page_of(json::parse(R"({"result":[]})")->root()));
}

TEST_CASE("who has answered keeps the card, the others lose it", "[bitrix24]") {
    using Ids = std::vector<std::int64_t>;
    const auto among = cards_once_answered({11, 12}, 12);
    CHECK(among.hide == Ids{11});
    CHECK(among.show.empty());
    const auto picked_up = cards_once_answered({11, 12}, 13);
    CHECK(picked_up.hide == Ids{11, 12});
    CHECK(picked_up.show == Ids{13});
    CHECK(cards_once_answered({12}, 12).hide.empty());
    CHECK(card_parameters("c", {11, 12}) == R"({"CALL_ID":"c","USER_ID":[11,12]})");
}

TEST_CASE("each ending has its code", "[bitrix24]") {
    auto call = call_of(call::Direction::out);
    const auto code_of = [&](const std::string& cause) {
        call.hangup_cause = cause;
        return status_code_of(call);
    };
    CHECK(code_of("17") == "486");
    CHECK(code_of("cancel") == "603-S");
    CHECK(code_of("21") == "603");
    CHECK(code_of("1") == "404");
    CHECK(code_of("20") == "480");
    CHECK(code_of("34") == "304");
    CHECK(code_of("") == "304");
    call.answered = true;
    CHECK(status_code_of(call) == "200");
    auto missed = call_of(call::Direction::in);
    missed.hangup_cause = "17";
    CHECK(status_code_of(missed) == "304");
    CHECK(
        finish_parameters("c", 11, 41, "200") ==
        R"({"CALL_ID":"c","USER_ID":11,"DURATION":41,"STATUS_CODE":"200","ADD_TO_CHAT":0})"
    );
}

TEST_CASE("a recording's file is named after the call and ends in mp3", "[bitrix24]") {
    auto call = call_of(call::Direction::in);
    call.record_url = "https://pbx.example.by/recordings/01890a5d-ac96-774b-bcce-b302099a8058";
    CHECK(
        record_parameters("c", call) ==
        R"({"CALL_ID":"c","RECORD_URL":"https://pbx.example.by/recordings/01890a5d-ac96-774b-bcce-b302099a8058",)"
        R"("FILENAME":"01890a5d-ac96-774b-bcce-b302099a8058.mp3"})"
    );
    call.record_url = "https://pbx.example.by/files/17592?x=1";
    CHECK_THAT(
        record_parameters("c", call), ContainsSubstring("01890a5d-ac96-774b-bcce-b302099a8057.mp3")
    );
}

TEST_CASE("a call's note survives its way through the database", "[bitrix24]") {
    CallNote note;
    note.stage = CallNote::Stage::finishing;
    note.registration = registration_of(call_of(call::Direction::in), "1.1", 11, context);
    note.call_id = "externalCall.5b1f0c.1759230684";
    note.shown = {11, 12};
    note.record_url = "https://x.by/1";
    note.made_at = 1759230684;
    const auto back = note_from_json(to_json(note));
    REQUIRE(back);
    CHECK(back->stage == note.stage);
    CHECK(back->registration == note.registration);
    CHECK(back->call_id == note.call_id);
    CHECK(back->shown == note.shown);
    CHECK(back->is_ended());
    CHECK_FALSE(note_from_json("{}"));
}

TEST_CASE("the client is the first entity, with who is responsible for it", "[bitrix24]") {
    const auto users = some_users();
    const auto found = json::parse(
        R"({"result":[{"CRM_ENTITY_TYPE":"CONTACT","CRM_ENTITY_ID":501,"ASSIGNED_BY_ID":"11",)"
        R"("NAME":"Иван Петров","ASSIGNED_BY":{"ID":"11","USER_PHONE_INNER":"150"}}]})"
    );
    const auto customer = customer_of(found->root(), users);
    CHECK(customer.found);
    CHECK(customer.id == "501");
    CHECK(customer.name == "Иван Петров");
    CHECK(customer.company.empty());
    REQUIRE(customer.responsible);
    CHECK(customer.responsible->extension == "150");
    CHECK(customer.responsible->name == "Ковалёва Анна");
    const auto nobody = json::parse(R"({"result":[]})");
    CHECK_FALSE(customer_of(nobody->root(), users).found);
    CHECK(managers_of(users).size() == 3);
}
