package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
)

// dist is the one file in dist/ that fits the pattern.
func dist(t *testing.T, pattern string) string {
	t.Helper()
	folder := os.Getenv("BERTH_DIST")
	if folder == "" {
		t.Skip("looks at the packages in $BERTH_DIST; make test-package makes them and sets it")
	}
	found, err := filepath.Glob(filepath.Join(folder, pattern))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s in %s: %v, %v; want one", pattern, folder, found, err)
	}
	return found[0]
}

// tool runs a program and gives what it prints; it fails the test when the program fails.
func tool(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(append(os.Environ(), "LANG=en_US.UTF-8", "LC_ALL="), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// built is the version that the packages were made of.
func built(t *testing.T) string {
	t.Helper()
	name := filepath.Base(dist(t, "berth-*-linux-amd64.tar.xz"))
	return strings.TrimSuffix(strings.TrimPrefix(name, "berth-"), "-linux-amd64.tar.xz")
}

// stamp is what a packaged program has to say that it is, by which a report can be followed to its code.
func stamp(t *testing.T) string {
	t.Helper()
	return "berth " + built(t) + " (" + strings.TrimSpace(tool(t, nil, "git", "rev-parse", "--short", "HEAD")) + ")\n"
}

func TestEveryPackageIsInTheListOfSumsAndSmallEnough(t *testing.T) {
	sums, err := os.ReadFile(dist(t, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	limits := map[string]int{"berth_*_amd64.deb": 14_000_000, "berth-*-linux-amd64.tar.xz": 14_000_000, "berth-*-windows-amd64.exe": 40_000_000}
	for pattern, limit := range limits {
		path := dist(t, pattern)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(data) > limit {
			t.Errorf("%s has %d bytes, want at most %d", filepath.Base(path), len(data), limit)
		}
		if line := fmt.Sprintf("%x  %s\n", sha256.Sum256(data), filepath.Base(path)); !bytes.Contains(sums, []byte(line)) {
			t.Errorf("SHA256SUMS has no line %q", line)
		}
	}
}

func TestTheDebIsAsDebianWantsIt(t *testing.T) {
	deb := dist(t, "berth_*_amd64.deb")
	tool(t, nil, "lintian", "--allow-root", "--fail-on", "error,warning", "--suppress-tags-from-file", "packaging/debian/lintian-suppressed", deb)
	root := t.TempDir()
	tool(t, nil, "dpkg-deb", "-x", deb, root)
	tool(t, nil, "desktop-file-validate", filepath.Join(root, "usr/share/applications/app.berth.desktop.desktop"))
	tool(t, nil, "appstreamcli", "validate-tree", "--no-net", root)
	if info, err := os.Stat(filepath.Join(root, "usr/bin/berth")); err != nil || info.Size() > 40_000_000 {
		t.Errorf("the binary: %v, %v; want at most 40 MB", info.Size(), err)
	}
	licences := tool(t, nil, "zcat", filepath.Join(root, "usr/share/doc/berth/third-party-licenses.gz"))
	for _, want := range []string{"fyne.io/fyne/v2 v2", "github.com/docker/docker v", "Apache License", "SIL OPEN FONT LICENSE"} {
		if !strings.Contains(licences, want) {
			t.Errorf("the licences of the libraries do not have %q", want)
		}
	}
}

func TestTheTarInstallsIntoAHomeAndUninstallsWholly(t *testing.T) {
	tar := dist(t, "berth-*-linux-amd64.tar.xz")
	from := t.TempDir()
	tool(t, nil, "tar", "-C", from, "--strip-components=1", "-xf", tar)
	for _, test := range []struct{ name, prefix, uninstall string }{
		{"by the folder that was unpacked", "", filepath.Join(from, "uninstall")},
		{"by what was installed", "", ".local/share/berth/uninstall"},
		{"from a prefix with blanks", "a place/for & all", "a place/for & all/share/berth/uninstall"},
	} {
		t.Run(test.name, func(t *testing.T) {
			home := t.TempDir()
			env, prefix := []string{"HOME=" + home, "PREFIX="}, filepath.Join(home, ".local")
			if test.prefix != "" {
				prefix = filepath.Join(home, test.prefix)
				env[1] = "PREFIX=" + prefix
				if err := os.Mkdir(filepath.Dir(prefix), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			others := filepath.Join(home, "others.txt")
			if err := os.WriteFile(others, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			before := files(t, home)
			tool(t, env, filepath.Join(from, "install"))
			once := files(t, home)
			tool(t, env, filepath.Join(from, "install")) // over itself
			if twice := files(t, home); twice != once {
				t.Errorf("a second install made it\n%s\nwant\n%s", twice, once)
			}
			if got, want := tool(t, env, filepath.Join(prefix, "bin/berth"), "--version"), stamp(t); !strings.HasPrefix(got, want) {
				t.Errorf("it says %q, want %q", got, want)
			}
			entry := filepath.Join(prefix, "share/applications/app.berth.desktop.desktop")
			tool(t, nil, "desktop-file-validate", entry)
			if text, err := os.ReadFile(entry); err != nil || !strings.Contains(string(text), "\nExec=\""+prefix+"/bin/berth\" --start\n") {
				t.Errorf("the menu entry: %v\n%s", err, text)
			}
			uninstall := test.uninstall
			if !filepath.IsAbs(uninstall) {
				uninstall = filepath.Join(home, uninstall)
			}
			tool(t, env, uninstall)
			if after := files(t, home); after != before {
				t.Errorf("it left\n%s\nwant\n%s", after, before)
			}
		})
	}
}

// files lists all that is below a folder.
func files(t *testing.T, folder string) string {
	t.Helper()
	return tool(t, nil, "sh", "-c", `cd "$0" && find . | sort`, folder)
}

func TestTheExeHasItsVersionAnIconAndAManifest(t *testing.T) {
	exe := dist(t, "berth-*-windows-amd64.exe")
	read := func(kind string) []byte {
		t.Helper()
		out, err := exec.Command("wrestool", "--extract", "--raw", "--type="+kind, exe).Output()
		if err != nil || len(out) == 0 {
			t.Fatalf("no resource of type %s: %v", kind, err)
		}
		return out
	}
	raw := read("16")
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(raw[2*i:])
	}
	text := string(utf16.Decode(units))
	for name, want := range map[string]string{
		"ProductName": "Berth", "ProductVersion": built(t), "FileVersion": built(t), "InternalName": "app.berth.desktop", "LegalCopyright": "© 2026 The Berth authors",
	} {
		_, value, _ := strings.Cut(text, name+"\x00")
		if value, _, _ = strings.Cut(strings.TrimLeft(value, "\x00"), "\x00"); value != want {
			t.Errorf("%s is %q, want %q", name, value, want)
		}
	}
	// VS_FIXEDFILEINFO: its signature, its own version, then the file's version as two words of two halves.
	at := bytes.Index(raw, []byte{0xbd, 0x04, 0xef, 0xfe})
	if at < 0 {
		t.Fatal("no fixed part")
	}
	high, low := binary.LittleEndian.Uint32(raw[at+8:]), binary.LittleEndian.Uint32(raw[at+12:])
	numbers := fmt.Sprintf("%d.%d.%d.%d", high>>16, high&0xffff, low>>16, low&0xffff)
	if want := strings.TrimSpace(tool(t, nil, "scripts/version", "numbers")); numbers != want {
		t.Errorf("its numbers are %s, want %s", numbers, want)
	}
	if icons := tool(t, nil, "wrestool", "--list", "--type=3", exe); strings.Count(icons, "--type=3") < 8 {
		t.Errorf("its icons:\n%s", icons)
	}
	if manifest := read("24"); !bytes.Contains(manifest, []byte("PerMonitorV2")) {
		t.Errorf("its manifest:\n%s", manifest)
	}
}

// The processor is an emulated one, which is too slow for a window.
func TestTheDebForArm64IsForArm64AndRuns(t *testing.T) {
	dist(t, "SHA256SUMS") // says when there are no packages at all
	found, err := filepath.Glob(filepath.Join(os.Getenv("BERTH_DIST"), "berth_*_arm64.deb"))
	if err == nil && len(found) == 0 {
		t.Skip("there is none: Debian's libraries for arm64 were not to be had, as scripts/package said")
	}
	deb := dist(t, "berth_*_arm64.deb")
	if got := strings.TrimSpace(tool(t, nil, "dpkg-deb", "-f", deb, "Architecture")); got != "arm64" {
		t.Errorf("it is for %s", got)
	}
	if got := tool(t, nil, "dpkg-deb", "-f", deb, "Depends"); !strings.Contains(got, "libx11-6") || !strings.Contains(got, "libc6 (>= ") {
		t.Errorf("it depends on %s", got)
	}
	root := t.TempDir()
	tool(t, nil, "dpkg-deb", "-x", deb, root)
	got := tool(t, nil, "qemu-aarch64-static", "-L", "bin/sysroot-arm64", filepath.Join(root, "usr/bin/berth"), "--version")
	if want := stamp(t); !strings.HasPrefix(got, want) {
		t.Errorf("it says %q, want %q", got, want)
	}
}

// Berth for macOS is built on a Mac; how it is packed is the same for any binary.
func TestTheMacAppIsWhole(t *testing.T) {
	dist(t, "SHA256SUMS")
	folder := t.TempDir()
	binary := filepath.Join(folder, "binary")
	if err := os.WriteFile(binary, []byte("a binary for a Mac"), 0o700); err != nil {
		t.Fatal(err)
	}
	tool(t, nil, "scripts/macapp", binary, folder)
	contents := filepath.Join(folder, "Berth.app", "Contents")
	plist, err := os.ReadFile(filepath.Join(contents, "Info.plist"))
	if err != nil {
		t.Fatal(err)
	}
	version, _, _ := strings.Cut(built(t), "-")
	for _, want := range []string{"app.berth.desktop", version, "public.app-category.developer-tools", "zh_Hans"} {
		if !bytes.Contains(plist, []byte("<string>"+want+"</string>")) {
			t.Errorf("Info.plist does not have %q:\n%s", want, plist)
		}
	}
	for _, name := range []string{"MacOS/berth", "Resources/icon.icns"} {
		if info, err := os.Stat(filepath.Join(contents, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
