package viewmodel

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"berth/ui/i18n"
)

// The engine layer knows of no window and speaks English. What it says in fixed words is put into the person's language
// here; what comes from elsewhere (an engine's error, a build's output) stays as it is.
var phrases = []string{
	// titles of tasks
	i18n.Mark("Starting %s"), i18n.Mark("Stopping %s"), i18n.Mark("Restarting %s"), i18n.Mark("Removing %s"), i18n.Mark("Creating %s"),
	i18n.Mark("Changing %s"), i18n.Mark("Finishing the change of %s"), i18n.Mark("Building %s"), i18n.Mark("Pulling %s"),
	i18n.Mark("Removing image %s"), i18n.Mark("Cleaning up images"), i18n.Mark("Saving the log of %s"), i18n.Mark("Starting the engine"),
	i18n.Mark("Backing up %s"), i18n.Mark("Restoring %s"), i18n.Mark("Cloning %s to %s"), i18n.Mark("Importing %s"), i18n.Mark("Updating %s"),
	i18n.Mark("Rolling %s back"), i18n.Mark("Removing a rollback point of %s"), i18n.Mark("Repairing the ownership in %s"),
	i18n.Mark("Changing the password of %s"), i18n.Mark("Deleting the data of %s"), i18n.Mark("Measuring volumes"), i18n.Mark("Saving %s"),
	// steps
	i18n.Mark("Wait for opencode"), i18n.Mark("Wait for its answer"), i18n.Mark("Volume %s"), i18n.Mark("Container %s"),
	i18n.Mark("Image"), i18n.Mark("Start %s"), i18n.Mark("Stop %s"), i18n.Mark("Remove %s"), i18n.Mark("Read %s"), i18n.Mark("Check the backup"),
	i18n.Mark("Fill the volumes"), i18n.Mark("Copy %s"), i18n.Mark("Keep %s"), i18n.Mark("Put the data back"), i18n.Mark("Folder %s"), i18n.Mark("Delete %s"),
	// what a task or a step does, and what came of it
	i18n.Mark("waiting"), i18n.Mark("looking"), i18n.Mark("checking"), i18n.Mark("creating"), i18n.Mark("created"), i18n.Mark("starting"),
	i18n.Mark("running"), i18n.Mark("stopping"), i18n.Mark("stopped"), i18n.Mark("removing"), i18n.Mark("removed"), i18n.Mark("made"), i18n.Mark("ready"),
	i18n.Mark("done"), i18n.Mark("failed"), i18n.Mark("working"), i18n.Mark("cached"), i18n.Mark("downloading"), i18n.Mark("downloaded"),
	i18n.Mark("verifying"), i18n.Mark("unpacking"), i18n.Mark("unpacking · %s"), i18n.Mark("transferring"), i18n.Mark("already here"),
	i18n.Mark("already there"), i18n.Mark("already present"), i18n.Mark("removed; its volumes stay"), i18n.Mark("waiting for an engine"),
	i18n.Mark("there was nothing to clean up"), i18n.Mark("freed %s"), i18n.Mark("removed; its layers belong to other images too"),
	i18n.Mark("opencode %s is ready at %s"), i18n.Mark("opencode %s is healthy"), i18n.Mark("port %s is taken"), i18n.Mark("see %s"),
	i18n.Mark("pulling %s"), i18n.Mark("pulled %s"), i18n.Mark("building %s"), i18n.Mark("built %s"),
	i18n.Mark("reading"), i18n.Mark("read"), i18n.Mark("whole"), i18n.Mark("filling"), i18n.Mark("copying"), i18n.Mark("copied"), i18n.Mark("back"),
	i18n.Mark("the same"), i18n.Mark("it has a new password"), i18n.Mark("changing owners"), i18n.Mark("deleted"), i18n.Mark("it is up to date"), i18n.Mark("all of it belongs to opencode's user"),
	i18n.Mark("%s volumes hold %s"), i18n.Mark("%s files"), i18n.Mark("%s · %s files of the projects changed while they were read"),
	// badges, and what they mean
	i18n.Mark("no password"), i18n.Mark("Whoever reaches its port can run commands in the sandbox."), i18n.Mark("open to the network"),
	i18n.Mark("Its port is published on %s, so other computers can reach it."), i18n.Mark("extra rights"), i18n.Mark("It has the capabilities %s."),
	i18n.Mark("root folder mounted"), i18n.Mark("The agent can read and change every file of the engine's computer that its user may."),
	i18n.Mark("home folder mounted"), i18n.Mark("The agent can read and change all of %s."), i18n.Mark("own mounts"),
	i18n.Mark("It mounts %s of the engine's computer."),
	i18n.Mark("another image"), i18n.Mark("It runs %s, which the settings do not name."), i18n.Mark("own environment"), i18n.Mark("It sets %s."),
	// states
	i18n.Mark("%s: out of memory"), i18n.Mark("%s: killed"), i18n.Mark("%s: crashed"),
	// why something failed, and what to do about it, where it is Berth that says so
	i18n.Mark("Check the network connection, then try again."),
	i18n.Mark("Free some space where the engine keeps its data, then try again."),
	i18n.Mark("Wait a while, or sign in to the registry for a higher limit."),
	i18n.Mark("Sign in to the registry (docker login), then try again."),
	i18n.Mark("The engine had an internal error; its own log says more. Try again."),
	i18n.Mark("it holds more files than can be shown"), i18n.Mark("Save it as a whole, or look into it from opencode."),
	i18n.Mark("Choose another port."),
	i18n.Mark("Check the image reference for a typing error."),
	i18n.Mark("Read its last lines, mend the cause and start it again."),
	i18n.Mark("Something killed it. Not every engine says when that was for lack of memory: give the sandbox more, and start it again."),
	i18n.Mark("Give the sandbox more memory; opencode needs 512 MiB at least, and more for what it runs."),
	i18n.Mark("It goes on running; look at its log, or restart it."),
	i18n.Mark("it was begun on the engine %s, and another one is in use now"),
	i18n.Mark("Choose that engine again: what is half done is ended there. Then try again."),
	i18n.Mark("Choose another name."),
	i18n.Mark("Set another first port."),
	i18n.Mark("Start the engine, then look again."),
	i18n.Mark("The engine of %s is not shown any more."), i18n.Mark("The engine %s is not shown any more."),
	i18n.Mark("there is no Docker context %s any more"), i18n.Mark("there is no endpoint %s any more"),
	i18n.Mark("Choose another endpoint, or let Berth choose by itself. Its sandboxes are where they were."),
	i18n.Mark("Remove it in the settings, and add it again as it should be."),
	i18n.Mark("Remove it in the settings, and add it again with the folder of its certificates."),
	i18n.Mark("ca.pem is missing"), i18n.Mark("there is no folder %s"), i18n.Mark("only tcp:// uses certificates"),
	i18n.Mark("ssh does not know that computer yet"), i18n.Mark("that computer shows another key than before"),
	i18n.Mark("ssh was not let in with any of your keys"), i18n.Mark("the user on that computer may not use its engine"),
	i18n.Mark("Sign in once in a terminal, and accept its key after you compared it with what that computer's owner says."),
	i18n.Mark("If it was set up anew, forget its old key and sign in once in a terminal. If not, somebody may stand between: ask its owner first."),
	i18n.Mark("Put your key there with ssh-copy-id, or load the right one into the ssh agent: one with a passphrase works only from there."),
	i18n.Mark("Ask whoever runs that computer for the right to use its engine: the group docker, on most."),
	i18n.Mark("Restart the engine."),
	i18n.Mark("Add your user to the group docker, then log out and in again."),
	i18n.Mark("Log out and in again, or start Berth from a terminal after the command."),
	i18n.Mark("Sign in to %s with the command, then try again."),
	i18n.Mark("The step's log says why. If it could not reach the network, check that and try again."),
	i18n.Mark("The step's log says more."),
	i18n.Mark("Run the command in a terminal and read what it says."),
	i18n.Mark("Check that the engine still runs, then try again."),
	i18n.Mark("Try again; if it happens again, look at the engine's network."),
	i18n.Mark("Try again when one is."),
	i18n.Mark("Start %s."),
	i18n.Mark("Look at %s: you need to be able to read and write it."),
	i18n.Mark("the engine's disk is full"),
	i18n.Mark("the registry asks to slow down"),
	i18n.Mark("no answer in time"),
	i18n.Mark("there is a sandbox of that name already"),
	i18n.Mark("no engine is connected"),
	i18n.Mark("a key is needed"), i18n.Mark("a key has no spaces or line breaks in it"), i18n.Mark("it has characters that no key has"), i18n.Mark("it is too long for a key"),
	i18n.Mark("the sandbox does not run"), i18n.Mark("it is done, but opencode goes on with the keys from before"), i18n.Mark("Restart the sandbox."), i18n.Mark("the sandbox is being changed; wait until that is done"), i18n.Mark("opencode refused it: it answered %s"),
	i18n.Mark("it is open without a password"), i18n.Mark("Edit it, and have it ask for one."), i18n.Mark("it is no longer kept"),
	i18n.Mark("the keyring is locked"), i18n.Mark("the keyring does not answer"), i18n.Mark("the keyring refuses: %s"), i18n.Mark("no keyring answers"),
	i18n.Mark("Unlock the keyring, or log in to a desktop that has one, then try again."),
	// of the feed that tells of newer Berths
	i18n.Mark("an address begins with https://"),
	i18n.Mark("a feed's address must have no name or password in it"),
	i18n.Mark("it does not answer with releases as GitHub's API does"),
	i18n.Mark("the feed does not answer"), i18n.Mark("%s cannot be reached: %s"),
	i18n.Mark("the feed answers %s"),
	i18n.Mark("the feed sends in circles"),
	i18n.Mark("the feed sends to an address without https"),
	i18n.Mark("the feed's answer is larger than any list of releases"),
	i18n.Mark("Check the address."),
	i18n.Mark("Try again later."),
	// notices
	i18n.Mark("Port %s is taken by something else, so %s is now at port %s."),
	i18n.Mark("The change of %s did not work out; it is as it was before."),
	i18n.Mark("The change of %s did not work out, and cannot be taken back: the container from before it is gone."),
	i18n.Mark("%s: a change was interrupted, so the container from before it is back."),
	i18n.Mark("%s: a change was interrupted, so the container from before it is back. What was there is kept as a rollback point."),
	i18n.Mark("%s: a change was interrupted, so its volumes are as they were before."),
	i18n.Mark("%s: a change was interrupted, so its volumes are as they were before. What was there is kept as a rollback point."),
	i18n.Mark("A rollback would bring %s back without the folders that it had: they cannot be mounted now."),
	i18n.Mark("A rollback would bring %s back with nothing chosen: what it was cannot be made now."),
	i18n.Mark("Passwords of sandboxes are kept in %s."),
	i18n.Mark("The password of %s in the keyring cannot be read, so it gets a new one: %s."),
	i18n.Mark("The password of %s is in its container only; keeping it failed: %s."),
	i18n.Mark("%s has the key of %s, but Berth could not keep it for itself: %s."),
	i18n.Mark("%s is not run from a file without your leave, so %s gets the image of the settings."),
	i18n.Mark("A second start of Berth cannot show this window: %s."),
	i18n.Mark("Not all that an earlier Berth left half done could be ended: %s"),
	i18n.Mark("%s is not on this engine, so %s runs %s."), i18n.Mark("%s is not on this engine, so %s gets the image of the settings."), i18n.Mark("The backup of %s that was due failed: %s"),
	i18n.Mark("An old rollback point could not be removed: %s"),
	i18n.Mark("%s: a backup was interrupted while it was paused, so it goes on."),
	i18n.Mark("%s: deleting its data was interrupted, so it was carried through."),
	i18n.Mark("%s: making it was interrupted, so what was half made is gone; nothing else was touched."),
	i18n.Mark("%s: making it was interrupted when all of it was there, so it stays."),
	i18n.Mark("%s: a change was interrupted when it was almost done, so it was carried through."),
	i18n.Mark("%s: giving it another port was interrupted, so it was carried through."),
	i18n.Mark("%s: giving it another port was interrupted, so it is as it was."),
	i18n.Mark("%s is on no volume: what opencode writes there is lost when %s is removed or updated."),
}

// pattern is a phrase with values, as it is found in a text.
type pattern struct {
	phrase string
	match  *regexp.Regexp
}

// patterns are the phrases with values, and those without.
var patterns = sync.OnceValues(func() ([]pattern, map[string]bool) {
	var all []pattern
	plain := map[string]bool{}
	for _, p := range slices.Concat(phrases, reportPhrases, troublePhrases, faultPhrases) {
		if !strings.Contains(p, "%s") {
			plain[p] = true
			continue
		}
		expression := "^" + strings.ReplaceAll(regexp.QuoteMeta(p), "%s", "(.+?)") + "$"
		all = append(all, pattern{p, regexp.MustCompile(expression)})
	}
	return all, plain
})

// spoken are texts that were put into the person's language before.
var spoken struct {
	sync.Mutex
	texts map[string]string
}

// ForgetSpoken forgets them: the language is another.
func ForgetSpoken() {
	spoken.Lock()
	defer spoken.Unlock()
	spoken.texts = nil
}

// maxSpoken bounds them: percentages make ever new texts.
const maxSpoken = 4096

// Spoken is what the engine said, in the person's language where that is known.
func Spoken(text string) string {
	if text == "" {
		return ""
	}
	spoken.Lock()
	defer spoken.Unlock()
	if said, ok := spoken.texts[text]; ok {
		return said
	}
	if spoken.texts == nil || len(spoken.texts) > maxSpoken {
		spoken.texts = map[string]string{}
	}
	said := say(text)
	spoken.texts[text] = said
	return said
}

func say(text string) string {
	known, plain := patterns()
	if plain[text] {
		return i18n.Phrase(text)
	}
	best, values := "", []string(nil)
	for _, p := range known {
		if found := p.match.FindStringSubmatch(text); found != nil && len(p.phrase) > len(best) {
			best, values = p.phrase, found[1:]
		}
	}
	if best == "" {
		return text
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
		if v != text { // "see Building x"
			args[i] = say(v)
		}
	}
	return i18n.Phrase(best, args...)
}
