#include "codec.hpp"

#include <hiredis/hiredis.h>

#include <new>
#include <utility>
#include <vector>

namespace trunkline::redis {
namespace {

// What one reply may still take; hiredis hands it to the callbacks as privdata.
struct Budget {
    std::size_t bytes = 0;
    std::size_t elements = 0;
    bool exceeded = false;

    bool take(std::size_t size) {
        if (size > bytes || elements == 0) {
            exceeded = true;
            return false;
        }
        bytes -= size;
        --elements;
        return true;
    }
};

Reply::Kind kind_of(int type) {
    switch (type) {
        case REDIS_REPLY_ERROR:
            return Reply::Kind::error;
        case REDIS_REPLY_INTEGER:
            return Reply::Kind::integer;
        case REDIS_REPLY_NIL:
            return Reply::Kind::nil;
        case REDIS_REPLY_STRING:
        case REDIS_REPLY_STATUS:
            return Reply::Kind::string;
        case REDIS_REPLY_ARRAY:
            return Reply::Kind::array;
        default:
            return Reply::Kind::string;
    }
}

// Puts a reply where it belongs: the root on the heap, others into their array. Elements are
// appended as they come and not reserved by the announced count, which a hostile peer can choose.
// An element is complete before its next sibling is appended, so growing never moves one that
// hiredis still refers to. Nothing may throw through C.
void* place(const redisReadTask* task, std::size_t size, Reply&& reply) noexcept {
    auto* budget = static_cast<Budget*>(task->privdata);
    if (!budget->take(size)) {
        return nullptr;  // hiredis takes it for a lack of memory and gives up.
    }
    try {
        if (task->parent == nullptr) {
            return new Reply(std::move(reply));
        }
        auto* parent = static_cast<Reply*>(task->parent->obj);
        return &parent->elements.emplace_back(std::move(reply));
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

void* create_string(const redisReadTask* task, char* text, std::size_t size) noexcept {
    try {
        auto* budget = static_cast<Budget*>(task->privdata);
        if (size > budget->bytes) {
            budget->exceeded = true;
            return nullptr;
        }
        return place(
            task, size, Reply{.kind = kind_of(task->type), .text = std::string(text, size)}
        );
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

void* create_integer(const redisReadTask* task, long long value) noexcept {
    return place(task, 0, Reply{.kind = Reply::Kind::integer, .integer = value});
}

void* create_nil(const redisReadTask* task) noexcept { return place(task, 0, Reply{}); }

void free_reply(void* reply) noexcept { delete static_cast<Reply*>(reply); }

// Newer versions of hiredis know RESP3, which we do not ask for but a peer may send; a missing
// callback would make hiredis hand out a number for a pointer. The count's type differs too, hence
// the templates.
template <class Functions>
Functions make_functions() {
    Functions functions{};
    functions.createString = create_string;
    functions.createArray = [](const redisReadTask* task, auto) noexcept {
        return place(task, 0, Reply{.kind = Reply::Kind::array});
    };
    functions.createInteger = create_integer;
    functions.createNil = create_nil;
    functions.freeObject = free_reply;
    if constexpr (requires { functions.createDouble; }) {
        functions.createDouble = [](const redisReadTask* task, double, char* text, std::size_t size
                                 ) noexcept { return create_string(task, text, size); };
        functions.createBool = [](const redisReadTask* task, int value) noexcept {
            return create_integer(task, value);
        };
    }
    return functions;
}

}  // namespace

std::string encode(const Words& words) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const auto& word : words) {
        texts.push_back(word.data());
        sizes.push_back(word.size());
    }
    sds formatted = nullptr;
    const auto size = redisFormatSdsCommandArgv(
        &formatted, static_cast<int>(words.size()), texts.data(), sizes.data()
    );
    if (size < 0) {
        throw std::bad_alloc();
    }
    const std::unique_ptr<char, decltype(&redisFreeSdsCommand)> owner(
        formatted, redisFreeSdsCommand
    );
    return {formatted, static_cast<std::size_t>(size)};
}

struct Decoder::State {
    State(std::size_t bytes, std::size_t elements)
        : max_bytes(bytes),
          max_elements(elements),
          budget{.bytes = bytes, .elements = elements},
          functions(make_functions<redisReplyObjectFunctions>()),
          reader(redisReaderCreateWithFunctions(&functions)) {
        if (reader == nullptr) {
            throw std::bad_alloc();
        }
        reader->privdata = &budget;
    }
    ~State() { redisReaderFree(reader); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    base::Error failure() const {
        if (budget.exceeded) {
            return {
                .code = base::Errc::too_large,
                .detail = "a reply of Redis is over the limit",
                .fields = {},
                .native = {}
            };
        }
        return {
            .code = base::Errc::malformed,
            .detail = std::string("no reply of Redis: ") + reader->errstr,
            .fields = {},
            .native = {}
        };
    }

    std::size_t max_bytes;
    std::size_t max_elements;
    Budget budget;
    redisReplyObjectFunctions functions;
    redisReader* reader;
};

Decoder::Decoder(std::size_t max_reply_bytes, std::size_t max_reply_elements)
    : state_(std::make_unique<State>(max_reply_bytes, max_reply_elements)) {}

Decoder::~Decoder() = default;

base::Result<> Decoder::feed(std::string_view bytes) {
    auto& state = *state_;
    // A long string is kept by hiredis as it comes, before any callback could count it.
    if (state.reader->len - state.reader->pos > state.max_bytes) {
        state.budget.exceeded = true;
        return std::unexpected(state.failure());
    }
    if (redisReaderFeed(state.reader, bytes.data(), bytes.size()) != REDIS_OK) {
        return std::unexpected(state.failure());
    }
    return {};
}

base::Result<std::optional<Reply>> Decoder::next() {
    auto& state = *state_;
    void* object = nullptr;
    if (redisReaderGetReply(state.reader, &object) != REDIS_OK) {
        return std::unexpected(state.failure());
    }
    if (object == nullptr) {
        return std::nullopt;
    }
    const std::unique_ptr<Reply> reply(static_cast<Reply*>(object));
    state.budget = Budget{.bytes = state.max_bytes, .elements = state.max_elements};
    return std::move(*reply);
}

}  // namespace trunkline::redis
