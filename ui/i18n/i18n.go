// Package i18n is the window's way to Fyne's translations: the key of a text is the English text itself.
//
// Texts with values in them are formats of package fmt, so that a translation can put the values in another order
// ("%[2]s"). The translations are in resources/translations, one file a language.
package i18n

import (
	"embed"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"fyne.io/fyne/v2/lang"
)

// known are texts that were translated before: the window asks for the same few thousand times.
var known sync.Map

// named tells that the name of the desktop's language has texts, which another language has to take the place of.
var named atomic.Bool

// Load gives Fyne the translation in a folder that is used. Language is that one whatever the desktop's is; "" is the desktop's.
// Texts that were made before keep their language.
func Load(files embed.FS, folder, language string) error {
	known.Clear()
	if language == "" {
		language = nearest(files, folder, string(lang.SystemLocale()))
	}
	data, err := files.ReadFile(folder + "/" + language + ".json")
	if err != nil {
		return err
	}
	// Fyne knows the desktop's language only, so this one is given to it under that name, and under that of the language
	// Fyne falls back to. The others are not: all six are 4 MB, and take the start a while to read.
	if err := lang.AddTranslationsForLocale(data, "en"); err != nil {
		return err
	}
	if language == "en" && !named.Load() {
		return nil // it is what is fallen back to; under the name of a language with more plurals it would miss some
	}
	named.Store(true)
	return lang.AddTranslationsForLocale(data, lang.SystemLocale())
}

// nearest is the language there are translations for that is nearest to the desktop's.
func nearest(files embed.FS, folder, locale string) string {
	for tag := locale; tag != ""; {
		if _, err := files.ReadFile(folder + "/" + tag + ".json"); err == nil {
			return tag
		}
		tag = tag[:max(0, strings.LastIndexByte(tag, '-'))]
	}
	if strings.HasPrefix(locale, "zh") {
		return "zh-Hans"
	}
	return "en"
}

// T is an English text in the person's language. With args it is a format that they are put into.
func T(english string, args ...any) string {
	text := translated(english)
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

func translated(english string) string {
	if text, ok := known.Load(english); ok {
		return text.(string)
	}
	text := lang.L(english)
	known.Store(english, text)
	return text
}

// N is a text about n things, "%d lines", in the form that n takes in the person's language. More args may follow the number.
func N(english string, n int, args ...any) string {
	return fmt.Sprintf(lang.N(english, n), append([]any{n}, args...)...)
}

// Mark names a text that is translated later, by Phrase: one that the engine says.
func Mark(english string) string { return english }

// Phrase is a marked text with its values.
func Phrase(marked string, values ...any) string {
	text := translated(marked)
	if len(values) == 0 {
		return text
	}
	return fmt.Sprintf(text, values...)
}
