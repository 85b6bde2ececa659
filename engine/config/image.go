package config

import (
	"net/url"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/distribution/reference"
)

// debianPackage is a package's name as Debian's policy has it, with the version that apt-get takes behind it.
var debianPackage = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]+(=[A-Za-z0-9.+:~-]+)?$`)

// validate checks what the build and the pull are told. The file of ExtraCA is not opened: that it is away for a while does
// not make the settings wrong.
func (i Image) validate() error {
	for _, ref := range i.References {
		if _, err := reference.ParseNormalizedNamed(ref); err != nil {
			return bad("image.references", ref, "is not an image reference")
		}
	}
	if i.BaseImage != "" {
		if _, err := reference.ParseNormalizedNamed(i.BaseImage); err != nil {
			return bad("image.baseImage", i.BaseImage, "is not an image reference")
		}
	}
	if i.Download != "" && !isWebAddress(i.Download) {
		return bad("image.download", i.Download, "must be an http or https address")
	}
	for _, name := range i.Packages {
		if !debianPackage.MatchString(name) {
			return bad("image.packages", name, "is not the name of a Debian package")
		}
	}
	if i.ExtraCA != "" && !filepath.IsAbs(i.ExtraCA) {
		return bad("image.extraCA", i.ExtraCA, "must be the whole path of a PEM file")
	}
	return nil
}

// isWebAddress accepts absolute http and https addresses without what could end a word in the build's shell.
func isWebAddress(text string) bool {
	parsed, err := url.Parse(text)
	return err == nil && (parsed.Scheme == "https" || parsed.Scheme == "http") && parsed.Host != "" && !strings.ContainsAny(text, " \t\r\n\"'`\\")
}
