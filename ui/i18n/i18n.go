// Package i18n is the window's way to Fyne's translations: the key of a text is the English text itself.
//
// Texts with values in them are formats of package fmt, so that a translation can put the values in another order
// ("%[2]s"). The translations are in resources/translations, one file a language.
package i18n

import (
	"embed"
	"fmt"
	"sync"
	"sync/atomic"

	"fyne.io/fyne/v2/lang"
)

// known are texts that were translated before: the window asks for the same few thousand times.
var known sync.Map

// named tells that the name of the desktop's language has texts, which another language has to take the place of.
var named atomic.Bool

// Load gives Fyne the translation in a folder that is used. Language is that one whatever the desktop's are; "" is the nearest to
// those. Texts that were made before keep their language.
func Load(files embed.FS, folder, language string) error {
	known.Clear()
	if language == "" {
		language = nearest(files, folder, preferred())
	}
	data, err := files.ReadFile(folder + "/" + language + ".json")
	if err != nil {
		return err
	}
	// Fyne knows the desktop's languages only, so this one is given to it under the name of the first of them, and under that of the
	// language Fyne falls back to. The others are not: all six are 4 MB, and take the start a while to read.
	if err := lang.AddTranslationsForLocale(data, "en"); err != nil {
		return err
	}
	desktop := lang.SystemLocale()
	akin := sameLanguage(desktop.String(), language)
	foreign.Store(nil)
	if !akin {
		own, err := readPlurals(data, language)
		if err != nil {
			return err
		}
		foreign.Store(own)
	}
	if language == "en" && akin && !named.Load() {
		return nil // it is what is fallen back to
	}
	named.Store(true)
	return lang.AddTranslationsForLocale(data, desktop)
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
