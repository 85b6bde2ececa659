package i18n

import (
	"regexp"
	"strings"
	"testing"
)

// shunned are the words that a language once had beside another one for the same thing, and the other way to speak to a person. CONTRIBUTING.md lists the words
// to use.
var shunned = map[string]*regexp.Regexp{
	"de":      regexp.MustCompile(`Sandboxes|Sicherung|\b(Sichern|sichern|Sichere|Gesichert)\b|Computer|[Gg]escheitert|Tray|[a-zß]en Sie\b|\bSie (müssen|dürfen|können)\b|\bIhne?n?\b`),
	"fr":      regexp.MustCompile(`[Ss]andbox|\b[Tt]irez\b|[Mm]ontrer|[Rr]établir|’`),
	"es":      regexp.MustCompile(`endpoint|\b[Uu]sted|\b(Vuelva|Inténtelo|Elija|Elimine|Corrija|Escriba|Indique|Espere|Revise)\b|[Mm]ás nuev`),
	"ja":      regexp.MustCompile(`コンテナー|開始|完全なパス|選択した|もう一度試して|秘密|：|フォルダ[^ー]|ユーザ[^ー]|ブラウザ[^ー]`),
	"zh-Hans": regexp.MustCompile(`沙箱|计算机|你|本机|撤回|响应|还原点|健康`),
}

func TestOneThingHasOneWordInALanguage(t *testing.T) {
	for language, words := range shunned {
		for key, value := range read(t, language) {
			texts := map[string]any{"other": value}
			if forms, ok := value.(map[string]any); ok {
				texts = forms
			}
			for _, text := range texts {
				if text, ok := text.(string); ok && words.MatchString(text) {
					t.Errorf("%s: %q says %s; CONTRIBUTING.md has the word", language, key, strings.Join(words.FindAllString(text, -1), ", "))
				}
			}
		}
	}
	// It finds one that is planted.
	for language, text := range map[string]string{
		"de": "Starten Sie die Sandbox.", "fr": "Redémarrez le sandbox.", "es": "Elija otro endpoint.", "ja": "コンテナーを削除", "zh-Hans": "你的沙箱",
	} {
		if !shunned[language].MatchString(text) {
			t.Errorf("%s: %q is not seen", language, text)
		}
	}
}
