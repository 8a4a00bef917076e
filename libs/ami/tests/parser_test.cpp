#include "ami/parser.hpp"

#include <string>
#include <utility>
#include <vector>

#include "testing/catch.hpp"

namespace trunkline::ami {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

Headers headers_of(const Message& message) {
    Headers headers;
    for (std::size_t i = 0; i < message.size(); ++i) {
        headers.emplace_back(message[i].name, message[i].value);
    }
    return headers;
}

std::vector<Headers> parse(Parser& parser, std::string_view bytes, std::size_t piece = 4096) {
    std::vector<Headers> all;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        parser.feed(bytes.substr(at, piece));
        while (const auto message = parser.next()) {
            all.push_back(headers_of(*message));
        }
    }
    return all;
}

std::vector<Headers> parse(std::string_view bytes) {
    Parser parser;
    return parse(parser, bytes);
}

}  // namespace

TEST_CASE("An event comes with its headers in order, repeated ones too") {
    const auto all = parse("Event: Test\r\nState: a\r\nstate: b\r\nState: c\r\n\r\n");
    REQUIRE(all.size() == 1);
    CHECK(all[0] == Headers{{"Event", "Test"}, {"State", "a"}, {"state", "b"}, {"State", "c"}});
}

TEST_CASE("Headers are found in any case, the first one counts") {
    Parser parser;
    parser.feed("Event: Cdr\r\nUniqueID: 1.2\r\nUNIQUEID: 3.4\r\n\r\n");
    const auto message = parser.next();
    REQUIRE(message);
    CHECK(message->get("Uniqueid") == "1.2");
    CHECK(message->find("Linkedid") == std::nullopt);
    CHECK(message->get("Linkedid").empty());
    CHECK(message->is("CDR"));
    CHECK(message->kind() == Message::Kind::event);
}

TEST_CASE("A message waits for its empty line, however it is cut") {
    const std::string bytes =
        "Asterisk Call Manager/11.0.0\r\nResponse: Success\r\nActionID: 7\r\nMessage: yes\r\n\r\n"
        "Event: Hangup\r\nCause: 16\r\nCause-txt: Normal Clearing\r\n\r\n";
    const auto whole = parse(bytes);
    REQUIRE(whole.size() == 3);
    CHECK(whole[0] == Headers{{"", "Asterisk Call Manager/11.0.0"}});
    CHECK(whole[2].back().second == "Normal Clearing");
    for (std::size_t piece = 1; piece < 40; ++piece) {
        Parser parser;
        CHECK(parse(parser, bytes, piece) == whole);
    }
    Parser parser;
    CHECK(parse(parser, bytes.substr(0, bytes.size() - 1)).size() == 2);
}

TEST_CASE("The banner is one only as the first line of a connection") {
    Parser parser;
    parser.feed("Asterisk Call Manager/2.10.4\r\nAsterisk Call Manager/2\r\n\r\n");
    auto message = parser.next();
    REQUIRE(message);
    CHECK(message->kind() == Message::Kind::banner);
    CHECK(message->name() == "Asterisk Call Manager/2.10.4");
    message = parser.next();
    REQUIRE(message);
    CHECK(message->kind() == Message::Kind::other);
    parser.reset();
    parser.feed("Asterisk Call Manager/2\n");
    message = parser.next();
    REQUIRE(message);
    CHECK(message->kind() == Message::Kind::banner);
}

TEST_CASE("Dirty frames are taken as they are meant") {
    CHECK(parse("\r\n\r\n\n\r\n").empty());
    CHECK(parse("Event: A\nB: c\n\n") == std::vector<Headers>{{{"Event", "A"}, {"B", "c"}}});
    CHECK(
        parse("Message: No Contacts found\n\r\n\r\nEvent: B\r\n\r\n") ==
        std::vector<Headers>{Headers{{"Message", "No Contacts found"}}, Headers{{"Event", "B"}}}
    );
    CHECK(
        parse("Event:A\r\nB :  c \r\nC:\r\nD: a: b\r\n: x\r\n\r\n") ==
        std::vector<Headers>{
            Headers{{"Event", "A"}, {"B", " c "}, {"C", ""}, {"D", "a: b"}, {"", "x"}}
        }
    );
}

TEST_CASE("A line without a colon is kept without a name") {
    CHECK(
        parse("Event: UserEvent\r\nText: one\ntwo\r\n\r\n") ==
        std::vector<Headers>{Headers{{"Event", "UserEvent"}, {"Text", "one"}, {"", "two"}}}
    );
}

TEST_CASE("Bytes that are no UTF-8 pass untouched") {
    const std::string name = "\xcf\xe5\xf2\xf0\xee\xe2";
    CHECK(
        parse("Event: Newchannel\r\nCallerIDName: " + name + "\r\n\r\n") ==
        std::vector<Headers>{Headers{{"Event", "Newchannel"}, {"CallerIDName", name}}}
    );
}

TEST_CASE("Command output of today comes as repeated headers, blanks kept") {
    const auto all = parse(
        "Response: Success\r\nActionID: 1\r\nMessage: Command output follows\r\n"
        "Output: support has 0 calls\r\nOutput:    Members: \r\nOutput: \r\n\r\n"
    );
    REQUIRE(all.size() == 1);
    CHECK(all[0][4].second == "   Members: ");
    CHECK(all[0][5].second.empty());
}

TEST_CASE("Command output of old exchanges ends with its marker, not with an empty line") {
    const std::string bytes =
        "Response: Follows\r\nPrivilege: Command\r\nActionID: 1\r\nName: looks like a header\n\n"
        "ActionID: of the output\nlast--END COMMAND--\r\n\r\nEvent: A\r\n\r\n";
    const std::vector wanted{
        Headers{
            {"Response", "Follows"},
            {"Privilege", "Command"},
            {"ActionID", "1"},
            {"Output", "Name: looks like a header"},
            {"Output", ""},
            {"Output", "ActionID: of the output"},
            {"Output", "last"},
        },
        Headers{{"Event", "A"}},
    };
    for (std::size_t piece = 1; piece < 20; ++piece) {
        Parser parser;
        CHECK(parse(parser, bytes, piece) == wanted);
    }
    Parser parser;
    parser.feed(bytes);
    const auto message = parser.next();
    REQUIRE(message);
    CHECK(message->get("output") == "Name: looks like a header");
}

TEST_CASE("A line that is too long is left out, its message comes and says so") {
    const std::string bytes =
        "Event: A\r\nB: " + std::string(200, 'x') + "\r\nC: d\r\n\r\nEvent: E\r\n\r\n";
    for (const std::size_t piece : {1U, 7U, 50U, 101U, 1000U}) {
        Parser parser({.line_bytes = 100, .message_bytes = 1000, .headers = 10});
        CHECK(
            parse(parser, bytes, piece) ==
            std::vector<Headers>{Headers{{"Event", "A"}, {"C", "d"}}, Headers{{"Event", "E"}}}
        );
        CHECK(parser.counters().cut_messages == 1);
        CHECK(parser.counters().dropped_lines == 1);
    }
    Parser parser({.line_bytes = 100, .message_bytes = 1000, .headers = 10});
    parser.feed(bytes);
    const auto message = parser.next();
    REQUIRE(message);
    CHECK(message->is_cut());
}

TEST_CASE("A message of too many headers or bytes keeps those that came first") {
    std::string bytes = "Event: A\r\n";
    for (int i = 0; i < 50; ++i) {
        bytes += "H: " + std::to_string(i) + "\r\n";
    }
    bytes += "\r\nEvent: B\r\n\r\n";
    for (const std::size_t piece : {1U, 9U, 1000U}) {
        Parser by_count({.line_bytes = 100, .message_bytes = 10'000, .headers = 10});
        const auto few = parse(by_count, bytes, piece);
        REQUIRE(few.size() == 2);
        CHECK(few[0].size() == 10);
        Parser by_size({.line_bytes = 100, .message_bytes = 30, .headers = 1000});
        const auto small = parse(by_size, bytes, piece);
        REQUIRE(small.size() == 2);
        CHECK(small[0].size() == 5);
        CHECK(small[1] == Headers{{"Event", "B"}});
    }
}

TEST_CASE("A line that is too long leaves the same room to the others, however it is cut") {
    const Limits limits{.line_bytes = 40, .message_bytes = 200, .headers = 8};
    const std::string stream = "Event: Test\r\n" + std::string(250, 'x') + "\r\nState: Up\r\n\r\n";
    for (const std::size_t piece :
         {std::size_t{1}, std::size_t{5}, std::size_t{60}, stream.size()}) {
        INFO(piece);
        Parser parser(limits);
        const auto all = parse(parser, stream, piece);
        REQUIRE(all.size() == 1);
        CHECK(all[0] == Headers{{"Event", "Test"}, {"State", "Up"}});
    }
}

TEST_CASE("Old-style output ends with its marker behind a line that is too long, returns or not") {
    const Limits limits{.line_bytes = 40, .message_bytes = 200, .headers = 8};
    const std::string stream = "Response: Follows\r\n" + std::string(60, 'x') + "--END COMMAND--" +
                               std::string(50, '\r') + "\nEvent: Test\r\n\r\n";
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, stream.size()}) {
        INFO(piece);
        Parser parser(limits);
        const auto all = parse(parser, stream, piece);
        REQUIRE(all.size() == 2);
        CHECK(all[0] == Headers{{"Response", "Follows"}});
        CHECK(all[1] == Headers{{"Event", "Test"}});
    }
}

TEST_CASE("Neither an endless line nor an endless message takes endless memory") {
    const Limits limits{.line_bytes = 1000, .message_bytes = 5000, .headers = 100};
    Parser line(limits);
    Parser message(limits);
    Parser output(limits);
    line.feed("Event: A\r\nB: ");
    message.feed("Event: A\r\n");
    output.feed("Response: Follows\r\n");
    for (int i = 0; i < 20'000; ++i) {
        line.feed(std::string(1000, 'x'));
        CHECK_FALSE(line.next());
        message.feed("Header: " + std::string(500, 'y') + "\r\n");
        CHECK_FALSE(message.next());
        output.feed("what it says\n\n" + std::string(3000, 'z') + "\n");
        CHECK_FALSE(output.next());
    }
    CHECK(line.capacity() < 50'000);
    CHECK(message.capacity() < 50'000);
    CHECK(output.capacity() < 50'000);
    output.feed(std::string(5000, 'z') + "--END COMMAND--\r\n");
    CHECK(output.next());
    line.feed("\r\n\r\n");
    CHECK(line.next());
}

TEST_CASE("A stored message outlives the parser's buffer") {
    std::vector<StoredMessage> kept;
    {
        Parser parser;
        parser.feed("Response: Follows\r\nActionID: 1\r\na\nb\n--END COMMAND--\r\n\r\n");
        kept.emplace_back(*parser.next());
    }
    const auto moved = std::move(kept);
    CHECK(
        headers_of(moved[0].view()) ==
        Headers{{"Response", "Follows"}, {"ActionID", "1"}, {"Output", "a"}, {"Output", "b"}}
    );
    CHECK(moved[0].view().kind() == Message::Kind::response);
}

}  // namespace trunkline::ami
