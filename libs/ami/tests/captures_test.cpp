#include "captures.hpp"

#include <fstream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "ami/parser.hpp"
#include "json/document.hpp"
#include "testing/catch.hpp"

namespace trunkline::ami {
namespace {

/// All messages as text, and how many events there are of each name.
struct Reading {
    std::string text;
    std::map<std::string, std::int64_t> events;
    std::size_t bytes_of_headers = 0;
};

void read(Parser& parser, std::string_view piece, Reading& reading) {
    parser.feed(piece);
    while (const auto message = parser.next()) {
        for (std::size_t i = 0; i < message->size(); ++i) {
            reading.text +=
                std::string((*message)[i].name) + '=' + std::string((*message)[i].value) + '\n';
        }
        reading.text += '\n';
        if (message->kind() == Message::Kind::event) {
            ++reading.events[std::string(message->name())];
        }
    }
}

Reading read_at(const std::string& bytes, std::size_t piece) {
    Parser parser;
    Reading reading;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        read(parser, std::string_view(bytes).substr(at, piece), reading);
    }
    return reading;
}

/// The same by the simplest means: the stream's lines without their ends.
std::string plain_reading(const std::string& bytes) {
    std::string text;
    std::size_t at = 0;
    bool is_open = false;
    while (at < bytes.size()) {
        const auto end = std::min(bytes.find('\n', at), bytes.size());
        std::string line = bytes.substr(at, end - at);
        at = end + 1;
        if (!line.empty() && line.back() == '\r') {
            line.pop_back();
        }
        if (line.empty()) {
            text += is_open ? "\n" : "";
            is_open = false;
            continue;
        }
        const bool is_banner = text.empty();
        const auto colon = line.find(": ");
        const auto bare = line.find(':');
        if (is_banner) {
            text += "=" + line + "\n\n";
        } else if (colon == bare && colon != std::string::npos) {
            text += line.substr(0, colon) + '=' + line.substr(colon + 2) + '\n';
        } else if (bare != std::string::npos) {
            text += line.substr(0, bare) + '=' + line.substr(bare + 1) + '\n';
        } else {
            text += "=" + line + '\n';
        }
        is_open = !is_banner;
    }
    return text;
}

json::Document truth() {
    std::ifstream file(capture_folder() / "truth.json");
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    auto document = json::parse(text, {.max_bytes = std::size_t{4} << 20});
    REQUIRE(document);
    return std::move(*document);
}

}  // namespace

TEST_CASE("Each capture reads the same however it is cut, and as its lines say") {
    const auto captures = load_captures();
    CHECK(captures.size() > 55);
    std::minstd_rand random(7);
    for (const Capture& capture : captures) {
        INFO(capture.name);
        const auto whole = read_at(capture.bytes, capture.bytes.size());
        CHECK(whole.text == plain_reading(capture.bytes));
        for (const std::size_t piece : {1U, 2U, 17U, 1448U}) {
            CHECK(read_at(capture.bytes, piece).text == whole.text);
        }
        Parser parser;
        Reading cut;
        std::string_view rest = capture.bytes;
        while (!rest.empty()) {
            const auto piece = std::min<std::size_t>(rest.size(), 1 + (random() % 3000));
            read(parser, rest.substr(0, piece), cut);
            rest.remove_prefix(piece);
        }
        CHECK(cut.text == whole.text);
        CHECK(parser.counters().cut_messages == 0);
    }
}

TEST_CASE("Each capture has the events that were counted in it") {
    const auto document = truth();
    std::size_t checked = 0;
    for (const Capture& capture : load_captures()) {
        const auto told = document.root().find(capture.name);
        const auto counts = told ? told->find("event_counts") : std::nullopt;
        if (!counts) {
            continue;
        }
        INFO(capture.name);
        auto events = read_at(capture.bytes, 4096).events;
        for (const auto& [name, count] : counts->members()) {
            INFO(name);
            CHECK(events[std::string(name)] == count.integer());
            ++checked;
        }
    }
    CHECK(checked > 500);
}

}  // namespace trunkline::ami
