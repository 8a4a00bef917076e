#include "call_note.hpp"

#include <utility>

#include "json/reader.hpp"
#include "json/writer.hpp"

namespace trunkline::moysklad {
namespace {

using Card = CallNote::Card;
using End = CallNote::End;

constexpr std::pair<std::string_view, Card> card_names[] = {
    {"shown", Card::shown}, {"talking", Card::talking}, {"hidden", Card::hidden}
};
constexpr std::pair<std::string_view, End> end_names[] = {
    {"none", End::none}, {"missed", End::missed}, {"answered", End::answered}
};

template <class Value, std::size_t size>
std::string_view name_of(const std::pair<std::string_view, Value> (&names)[size], Value value) {
    for (const auto& [name, each] : names) {
        if (each == value) {
            return name;
        }
    }
    return names[0].first;
}

template <class Value, std::size_t size>
Value value_of(const std::pair<std::string_view, Value> (&names)[size], std::string_view text) {
    for (const auto& [name, each] : names) {
        if (name == text) {
            return each;
        }
    }
    return names[0].second;
}

}  // namespace

Stored CallNote::stored() const {
    return {
        .extension = extension,
        .has_end = end == End::answered,
        .has_duration = end != End::none,
        .links = {},
        .started = time_of_moment(started)
    };
}

std::string to_json(const CallNote& note) {
    json::Writer writer;
    writer.begin_object()
        .member("sequence", note.sequence)
        .member("there", note.is_there)
        .member("doubt", note.doubt)
        .member("extension", note.extension)
        .member("started", note.started)
        .member("end", name_of(end_names, note.end))
        .key("cards")
        .begin_object();
    for (const auto& [extension, card] : note.cards) {
        writer.member(extension, name_of(card_names, card));
    }
    return writer.end_object().end_object().take();
}

base::Result<CallNote> note_from_json(std::string_view text) {
    const auto document = json::parse(text);
    if (!document) {
        return std::unexpected(document.error());
    }
    json::Reader reader(document->root());
    CallNote note;
    note.sequence = reader.required_integer("sequence");
    note.is_there = reader.optional_bool("there").value_or(false);
    note.doubt = reader.optional_string("doubt").value_or("");
    note.extension = reader.optional_string("extension").value_or("");
    note.started = reader.optional_string("started").value_or("");
    note.end = value_of(end_names, reader.optional_string("end").value_or(""));
    if (const auto cards = reader.view("cards")) {
        for (const auto& [extension, card] : cards->members()) {
            note.cards[std::string(extension)] =
                value_of(card_names, card.string().value_or("shown"));
        }
    }
    if (const auto finished = reader.finish(); !finished) {
        return std::unexpected(finished.error());
    }
    return note;
}

std::vector<CardChange> cards_for_ringing(const CallNote& note, const call::Call& call) {
    std::vector<CardChange> changes;
    for (const auto& extension : extensions_of(call)) {
        if (!note.cards.contains(extension)) {
            changes.push_back({.type = "SHOW", .extension = extension});
        }
    }
    return changes;
}

std::vector<CardChange> cards_for_talk(const CallNote& note, const std::string& talker) {
    std::vector<CardChange> changes;
    const auto own = note.cards.find(talker);
    const bool is_visible = own != note.cards.end() && own->second != Card::hidden;
    if (!is_visible) {
        changes.push_back({.type = "SHOW", .extension = talker});
    }
    if (!is_visible || own->second != Card::talking) {
        changes.push_back({.type = "STARTTIME", .extension = talker});
    }
    for (const auto& [extension, card] : note.cards) {
        if (extension != talker && card != Card::hidden) {
            changes.push_back({.type = "HIDE", .extension = extension});
        }
    }
    return changes;
}

void apply(CallNote& note, const CardChange& change) {
    if (change.type == "SHOW") {
        note.cards[change.extension] = Card::shown;
    } else if (change.type == "STARTTIME") {
        note.cards[change.extension] = Card::talking;
    } else {
        note.cards[change.extension] = Card::hidden;
    }
}

}  // namespace trunkline::moysklad
