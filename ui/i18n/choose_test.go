package i18n

import (
	"bytes"
	"log"
	"runtime"
	"strings"
	"testing"

	"berth/resources"
)

func TestTheLanguageIsTheFirstOfThePersonsThatThereIs(t *testing.T) {
	for wanted, want := range map[string]string{
		"de": "de", "de-AT": "de", "en-GB": "en", "ja": "ja", "fr-CA fr en": "fr", "es-419": "es",
		"it de en": "de", "it": "en", "it-CH fr-CH": "fr", "pt-BR es": "es", "pl ru": "en", "en-US de": "en", "ja de": "ja", "xx-YY qqq de": "de",
		"zh": "zh-Hans", "zh-CN": "zh-Hans", "zh-Hans-CN": "zh-Hans", "zh_CN.UTF-8": "zh-Hans", "zh-SG": "zh-Hans", "zh_Hans_CN": "zh-Hans",
		"zh-TW": "zh-Hans", "zh-Hant-TW": "zh-Hans", "zh-HK": "zh-Hans", "zh_TW.UTF-8 zh": "zh-Hans", "zh-TW en-US": "en", "zh-Hant-HK ja": "ja",
		"gsw": "de", "br": "fr", "gsw-CH en": "de", "ca": "en", "ca_ES@valencia es": "es", "de_DE@euro": "de", "de_DE.UTF-8@euro": "de",
		"": "en", "C": "en", "POSIX": "en", "C.UTF-8": "en", "C de": "de", "und": "en", "no such language": "en",
	} {
		if got := nearest(resources.Translations, "translations", strings.Fields(wanted)); got != want {
			t.Errorf("who prefers %q gets %s, want %s", wanted, got, want)
		}
	}
}

// The texts reach the window by way of Fyne, which chooses a language by itself: whatever the desktop's are, all texts are in the
// one that was chosen, those about a number of things too, and Fyne has nothing to complain of.
func TestAllTextsAreInTheChosenLanguageWhateverTheDesktopsAre(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there the desktop's languages are not in the environment")
	}
	t.Cleanup(func() {
		if err := Load(resources.Translations, "translations", "en"); err != nil {
			t.Error(err)
		}
	})
	t.Setenv("LC_ALL", "")
	t.Setenv("LC_MESSAGES", "")
	for _, test := range []struct{ lang, languages, chosen, cancel, one, many string }{
		{"it_IT.UTF-8", "it:de:en", "", "Abbrechen", "1 Sitzung", "3 Sitzungen"},
		{"de_DE.UTF-8", "", "", "Abbrechen", "1 Sitzung", "3 Sitzungen"},
		{"ru_RU.UTF-8", "ru:fr", "", "Annuler", "1 session", "3 sessions"},
		{"pl_PL.UTF-8", "", "", "Cancel", "1 session", "3 sessions"},
		{"zh_CN.UTF-8", "zh_CN:zh", "", "取消", "1 个会话", "3 个会话"},
		{"zh_TW.UTF-8", "", "", "取消", "1 个会话", "3 个会话"},
		{"zh_TW.UTF-8", "zh_TW:en_US", "", "Cancel", "1 session", "3 sessions"},
		{"C.UTF-8", "", "", "Cancel", "1 session", "3 sessions"},
		{"ru_RU.UTF-8", "", "de", "Abbrechen", "1 Sitzung", "3 Sitzungen"},
		{"ja_JP.UTF-8", "", "en", "Cancel", "1 session", "3 sessions"},
		{"ja_JP.UTF-8", "", "", "キャンセル", "セッション 1 件", "セッション 3 件"},
	} {
		t.Setenv("LANG", test.lang)
		t.Setenv("LANGUAGE", test.languages)
		if err := Load(resources.Translations, "translations", test.chosen); err != nil {
			t.Fatal(err)
		}
		var complaints bytes.Buffer
		was := log.Writer()
		log.SetOutput(&complaints)
		cancel, one, many := T("Cancel"), N("%d sessions", 1), N("%d sessions", 3)
		T("Sandboxes")
		log.SetOutput(was)
		if cancel != test.cancel || one != test.one || many != test.many {
			t.Errorf("%s, %s, %q chosen: %q, %q, %q, want %q, %q, %q", test.lang, test.languages, test.chosen, cancel, one, many, test.cancel, test.one, test.many)
		}
		if complaints.Len() > 0 {
			t.Errorf("%s, %s, %q chosen: Fyne says %s", test.lang, test.languages, test.chosen, complaints.String())
		}
	}
}
