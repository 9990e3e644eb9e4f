// read_speedscope.js BUNDLE FILE - what speedscope's own importer makes of a
// file, as JSON: of each profile its name, unit, total, and the weight of each
// function by itself.
//
// The bundle is the one that its page loads. It is run without a page, and stops
// where it would begin to draw one; the importer is taken out of it there.
const fs = require('fs');
const vm = require('vm');

const [bundle, path] = process.argv.slice(2);
const code = fs.readFileSync(bundle, 'utf8');
const importer =
    /Importing as speedscope json file"\),([\w$]+)\(/.exec(code)[1];
const drawing = code.lastIndexOf('console.log(`speedscope v');
const element = () => new Proxy(function () {}, {
    get: (_, key) => key === Symbol.toPrimitive ? () => '' : element(),
    set: () => true,
    apply: () => element(),
    construct: () => element(),
});
const outside = {
    window: element(), document: element(), navigator: element(),
    localStorage: element(), location: element(), self: element(),
    performance, setTimeout, console: {log() {}, warn() {}, error() {}},
    URL, TextDecoder, TextEncoder, requestAnimationFrame() {},
};
vm.runInNewContext(
    code.slice(0, drawing) + `globalThis.read = ${importer};})();`, outside);

const group = outside.read(JSON.parse(fs.readFileSync(path, 'utf8')));
console.log(JSON.stringify(group.profiles.map((profile) => {
    const self = {};
    profile.forEachFrame((frame) => {
        self[frame.name] = (self[frame.name] || 0) + frame.getSelfWeight();
    });
    return {name: profile.getName(), unit: profile.getWeightUnit(),
            total: profile.getTotalWeight(), self};
})));
