#include "weir.h"

/* One function a vocabulary: the text of a value, "?" when out of range. */
#define TEXT_CASE(name, value, text) \
  case value:                        \
    return text;
#define TEXT_FUNCTION(function, type, MAP) \
  const char *function(type value) {       \
    switch (value) { MAP(TEXT_CASE) }      \
    return "?";                            \
  }

TEXT_FUNCTION(weir_status_text, int32_t, WEIR_STATUS_MAP)
TEXT_FUNCTION(weir_reason_text, uint32_t, WEIR_REASON_MAP)
TEXT_FUNCTION(weir_action_text, uint32_t, WEIR_ACTION_MAP)
TEXT_FUNCTION(weir_protection_text, uint32_t, WEIR_PROTECTION_MAP)
TEXT_FUNCTION(weir_dns_mode_text, uint32_t, WEIR_DNS_MODE_MAP)
TEXT_FUNCTION(weir_verdict_text, uint32_t, WEIR_VERDICT_MAP)
TEXT_FUNCTION(weir_host_source_text, uint32_t, WEIR_HOST_SOURCE_MAP)
TEXT_FUNCTION(weir_evidence_text, uint32_t, WEIR_EVIDENCE_MAP)
TEXT_FUNCTION(weir_close_text, uint32_t, WEIR_CLOSE_MAP)
TEXT_FUNCTION(weir_protocol_text, uint32_t, WEIR_PROTOCOL_MAP)
TEXT_FUNCTION(weir_preset_text, uint32_t, WEIR_PRESET_MAP)
