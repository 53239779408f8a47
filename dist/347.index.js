export const id = 347;
export const ids = [347];
export const modules = {

/***/ 74347:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   findImages: () => (/* binding */ findImages),
/* harmony export */   readManifests: () => (/* binding */ readManifests)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(51455);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_fs_promises__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(76760);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_path__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var _actions_glob__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(54427);
/* harmony import */ var yaml__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(38815);
/* harmony import */ var _model_error_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(88623);
/* harmony import */ var _model_image_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(71444);
/* harmony import */ var _model_manifest_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(89452);







/**
 * Every image in the files that the globs match: of each kind of workload, custom ones too, with init and ephemeral containers and image volumes.
 * @throws ActionError `INVALID_INPUT` when a glob matches nothing, or a file is not YAML
 */
async function readManifests(globs) {
    const files = await findFiles(globs);
    const images = await Promise.all(files.map(async (file) => findImages(await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readFile)(file, 'utf8'), (0,node_path__WEBPACK_IMPORTED_MODULE_1__.relative)(process.cwd(), file))));
    for (const image of images.flat())
        if (!(0,_model_image_js__WEBPACK_IMPORTED_MODULE_5__/* .parseImageSource */ .AB)(image.text))
            throw notImage(image);
    return images.flat();
}
async function findFiles(globs) {
    // One by one, to tell which of them matches nothing; exclusions (`!x`) go with each.
    const exclusions = globs.filter(glob => glob.startsWith('!'));
    const found = new Set();
    for (const glob of globs.filter(each => !exclusions.includes(each))) {
        const globber = await (0,_actions_glob__WEBPACK_IMPORTED_MODULE_2__/* .create */ .v)([glob, ...exclusions].join('\n'), { matchDirectories: false });
        const files = (await globber.glob()).filter(file => /\.(ya?ml|json)$/i.test(file));
        if (files.length === 0)
            throw noFiles(glob);
        for (const file of files)
            found.add(file);
    }
    return [...found].sort();
}
/** The images in the text of one file. @throws ActionError `INVALID_INPUT` when it is not YAML */
function findImages(text, file) {
    const documents = (0,yaml__WEBPACK_IMPORTED_MODULE_3__/* .parseAllDocuments */ .hR)(text, { logLevel: 'error' });
    if (!Array.isArray(documents))
        return []; // without a document
    return documents.flatMap((document, index) => {
        const [error] = document.errors;
        if (error)
            throw notYaml(file, error.message);
        const images = [];
        for (const { content, path } of resourcesOf(document.toJS())) {
            collect(content, path, (image, field) => {
                const place = { file, document: index + 1, resource: nameResource(content), field };
                // A template that is not rendered is a mapping in YAML: `image: {{ .Values.image }}`.
                if (typeof image !== 'string')
                    throw notImage({ ...place, text: JSON.stringify(image) });
                images.push({ ...place, text: image });
            });
        }
        return images;
    });
}
/** What kubectl would apply: the document, or the items of a list. */
function resourcesOf(content) {
    if (!isObject(content) || typeof content.kind !== 'string')
        return [];
    if (!Array.isArray(content.items))
        return [{ content, path: '' }];
    return content.items.map((item, index) => ({ content: item, path: `items[${index}]` }));
}
function nameResource(content) {
    if (!isObject(content))
        return '';
    const { name, generateName } = isObject(content.metadata) ? content.metadata : {};
    return [content.kind, name ?? generateName].filter(part => typeof part === 'string').join(' ');
}
const containerFields = ['containers', 'initContainers', 'ephemeralContainers'];
/** Pod specs are found wherever they are: workloads of other makers (Rollouts, Knative, …) have theirs in other places. */
function collect(value, path, onImage) {
    if (Array.isArray(value)) {
        value.forEach((item, index) => {
            collect(item, `${path}[${index}]`, onImage);
        });
        return;
    }
    if (!isObject(value))
        return;
    for (const [key, child] of Object.entries(value)) {
        const at = path ? `${path}.${key}` : key;
        if (containerFields.includes(key) && Array.isArray(child))
            tellImages(child, at, onImage);
        else if (key === 'volumes' && Array.isArray(child))
            tellVolumes(child, at, onImage);
        else
            collect(child, at, onImage);
    }
}
function tellImages(containers, path, onImage) {
    containers.forEach((container, index) => {
        if (isObject(container) && container.image !== undefined && container.image !== null)
            onImage(container.image, `${path}[${index}].image`);
    });
}
/** Volumes of the type `image` (kubernetes.io/docs/concepts/storage/volumes#image). */
function tellVolumes(volumes, path, onImage) {
    volumes.forEach((volume, index) => {
        if (isObject(volume) && isObject(volume.image) && typeof volume.image.reference === 'string')
            onImage(volume.image.reference, `${path}[${index}].image.reference`);
    });
}
function isObject(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}
function noFiles(glob) {
    const accepted = 'globs of files that are there; is actions/checkout before this step?';
    return notValid(`"${glob}", which matches no .yaml, .yml or .json file below ${process.cwd()}`, accepted);
}
function notYaml(file, error) {
    return notValid(`${file}, which is not YAML: ${error.split('\n')[0] ?? ''}`, rendered);
}
function notImage(image) {
    return notValid(`"${image.text}", which is no image name, in ${(0,_model_manifest_js__WEBPACK_IMPORTED_MODULE_6__/* .describePlace */ .d)(image)}`, rendered);
}
const rendered = 'Kubernetes manifests, with templates rendered (helm template, kustomize build, envsubst)';
function notValid(found, accepted) {
    return new _model_error_js__WEBPACK_IMPORTED_MODULE_4__/* .ActionError */ .lZ('INVALID_INPUT', 'Not valid: manifests. Nothing was sent to Azure.', {
        fix: `Correct the inputs of the step:\n  manifests: found ${found}; accepted: ${accepted}`,
    });
}


/***/ }),

/***/ 89452:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   d: () => (/* binding */ describePlace)
/* harmony export */ });
/** Where an image is named, in words. */
function describePlace({ file, document, resource, field }) {
    return `${file}, document ${document}${resource && ` (${resource})`}, ${field}`;
}


/***/ })

};
