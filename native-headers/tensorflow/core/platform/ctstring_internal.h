// TensorFlow's string type. The addon uses the inline functions of its internal header; the library exports the same ones
// under other names, and the type is 24 opaque bytes on 64-bit platforms.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct TF_TString {
  uint64_t opaque[3];
} TF_TString;

#ifdef __cplusplus
extern "C" {
#endif

void TF_StringInit(TF_TString* string);
void TF_StringCopy(TF_TString* to, const char* from, size_t length);
const char* TF_StringGetDataPointer(const TF_TString* string);
size_t TF_StringGetSize(const TF_TString* string);
void TF_StringDealloc(TF_TString* string);

#ifdef __cplusplus
}
#endif

#define TF_TString_Init TF_StringInit
#define TF_TString_Copy TF_StringCopy
#define TF_TString_GetDataPointer TF_StringGetDataPointer
#define TF_TString_GetSize TF_StringGetSize
#define TF_TString_Dealloc TF_StringDealloc
