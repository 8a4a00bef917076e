#include "card_texts.hpp"

namespace trunkline::call {
namespace {

constexpr CardTexts russian = {
    .ringing = "📞 Звонок от",
    .dialing = "📞 Дозвон от",
    .talking = "🔗 Разговор:",
    .done = "✅ Завершен:",
    .missed = "❌ Не отвечен:",
    .internal_ringing = "🛎️ Внутренний звонок",
    .internal_talking = "🔗 Разговор (внутр.):",
    .internal_done = "✅ Завершен (внутр.):",
    .internal_missed = "❌ Не отвечен (внутр.):",
    .hidden_number = "Номер не определен",
    .greeting = "приветствие",
    .recording = "Запись разговора",
    .corrected = "✏️ Исправлено",
};

constexpr CardTexts belarusian = {
    .ringing = "📞 Званок ад",
    .dialing = "📞 Дазвон ад",
    .talking = "🔗 Размова:",
    .done = "✅ Завершаны:",
    .missed = "❌ Без адказу:",
    .internal_ringing = "🛎️ Унутраны званок",
    .internal_talking = "🔗 Размова (унутр.):",
    .internal_done = "✅ Завершаны (унутр.):",
    .internal_missed = "❌ Без адказу (унутр.):",
    .hidden_number = "Нумар не вызначаны",
    .greeting = "прывітанне",
    .recording = "Запіс размовы",
    .corrected = "✏️ Выпраўлена",
};

constexpr CardTexts english = {
    .ringing = "📞 Call from",
    .dialing = "📞 Dialling from",
    .talking = "🔗 Talking:",
    .done = "✅ Ended:",
    .missed = "❌ Not answered:",
    .internal_ringing = "🛎️ Internal call",
    .internal_talking = "🔗 Talking (int.):",
    .internal_done = "✅ Ended (int.):",
    .internal_missed = "❌ Not answered (int.):",
    .hidden_number = "Number withheld",
    .greeting = "greeting",
    .recording = "Call recording",
    .corrected = "✏️ Corrected",
};

}  // namespace

const CardTexts& texts_of(Language language) {
    switch (language) {
        case Language::be:
            return belarusian;
        case Language::en:
            return english;
        case Language::ru:
            break;
    }
    return russian;
}

}  // namespace trunkline::call
