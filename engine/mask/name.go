package mask

import (
	"strings"
	"unicode"
)

// secretWords are words in the names of what is secret.
var secretWords = map[string]bool{
	"password": true, "passwords": true, "passwd": true, "passphrase": true, "pass": true, "pwd": true, "pw": true, "secret": true, "secrets": true,
	"token": true, "tokens": true, "key": true, "keys": true, "apikey": true, "apikeys": true, "credential": true, "credentials": true, "creds": true,
	"auth": true, "auths": true, "authorization": true, "cookie": true, "cookies": true, "signature": true, "sig": true, "bearer": true, "jwt": true,
	"identitytoken": true, "registrytoken": true, "accesskey": true, "privatekey": true, "secretkey": true,
}

// SecretName reports whether a name says that its value is a secret: OPENAI_API_KEY, registry.password, identityToken.
func SecretName(name string) bool {
	for _, word := range nameWords(name) {
		if secretWords[word] {
			return true
		}
	}
	return secretWords[strings.ToLower(name)]
}

// nameWords are the words of a name, which may be parted by anything that is no letter or by a capital.
func nameWords(name string) []string {
	var words []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			words = append(words, strings.ToLower(string(word)))
			word = nil
		}
	}
	before := ' '
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r):
			end()
		case unicode.IsUpper(r) && unicode.IsLower(before):
			end()
			word = append(word, r)
		default:
			word = append(word, r)
		}
		before = r
	}
	end()
	return words
}
