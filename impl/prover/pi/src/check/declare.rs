//! Declarations: what each introduces, and what it must not.

use super::limit::ARITY_LIMIT;
use super::{Checker, Definition, Global};
use crate::program::{
    Event, FreeName, Function, FunctionKind, NameId, Predicate, PredicateId, Table, TableId, Type,
    TypeId,
};
use crate::source::Span;
use crate::syntax::tree::{self, Declaration, DeclarationKind, Ident, Setting};

/// Options that choose a method of proof, or say when a statement or a hint is
/// used. All that is true stays true without them.
const NO_EFFECT: &[&str] = &[
    "conclusion",
    "discardSat",
    "discardVerif",
    "fullSat",
    "fullVerif",
    "ignoreAFewTimes",
    "inductionOn",
    "instantiateSat",
    "instantiateVerif",
    "keep",
    "keepEvents",
    "noneSat",
    "noneVerif",
    "removeEvents",
];

impl<'t> Checker<'t> {
    /// What must be declared before it is used.
    pub(super) fn declare(&mut self, declaration: &'t Declaration) {
        match &declaration.kind {
            DeclarationKind::Channel(names) => {
                for name in names {
                    self.free_name(*name, TypeId::CHANNEL, false);
                }
            }
            DeclarationKind::Const { names, ty, options } => self.constants(names, *ty, options),
            DeclarationKind::Destructor(destructor) => self.destructor(destructor),
            DeclarationKind::Equation { rules, options } => self.equations(rules, options),
            DeclarationKind::Event { name, parameters } => {
                let parameters = self.types(parameters);
                let id = super::EventId(index(self.program.events.len()));
                if let Some(parameters) = self.introduce(*name, Global::Event(id), parameters) {
                    let name_text = self.global_text(*name);
                    self.program.events.push(Event {
                        name: name_text,
                        parameters,
                        span: name.span,
                    });
                }
            }
            DeclarationKind::Free { names, ty, options } => {
                let private = self.flags(options, &["private"]).contains(&"private");
                let ty = self
                    .value_type(*ty)
                    .and_then(|id| self.name_type(id, ty.span));
                for name in names {
                    match ty {
                        Some(ty) => self.free_name(*name, ty, private),
                        None => self.faulty(*name),
                    }
                }
            }
            DeclarationKind::Function {
                name,
                parameters,
                result,
                options,
            } => self.constructor(*name, parameters, *result, options),
            DeclarationKind::Letfun {
                name,
                parameters,
                body,
            } => self.letfun(*name, parameters, body),
            DeclarationKind::Predicate {
                name,
                parameters,
                options,
            } => {
                let flags = self.flags(options, &["block", "memberOptim"]);
                if flags.contains(&"memberOptim") && parameters.len() != 2 {
                    self.error(
                        name.span,
                        "`memberOptim` is for predicates with two arguments: an element and a list",
                        None,
                    );
                }
                let narrow = self.arity_fits(parameters.get(ARITY_LIMIT).map(|ty| ty.span));
                let parameters: Vec<Option<TypeId>> = parameters
                    .iter()
                    .map(|ty| match self.ty(*ty)? {
                        TypeId::ANY => Some(TypeId::ANY),
                        _ => self.value_type(*ty),
                    })
                    .collect();
                let parameters = narrow.and(parameters.into_iter().collect());
                let id = PredicateId(index(self.program.predicates.len()));
                if let Some(parameters) = self.introduce(*name, Global::Predicate(id), parameters) {
                    let name_text = self.global_text(*name);
                    self.program.predicates.push(Predicate {
                        name: name_text,
                        parameters,
                        blocking: flags.contains(&"block"),
                        span: name.span,
                    });
                }
            }
            DeclarationKind::Process {
                name,
                parameters,
                body,
            } => self.process_macro(*name, parameters, body),
            DeclarationKind::Set {
                name,
                value,
                value_span,
            } => self.setting(*name, value, *value_span),
            DeclarationKind::Table { name, columns } => {
                let columns = self.types(columns);
                let id = TableId(index(self.program.tables.len()));
                if let Some(columns) = self.introduce(*name, Global::Table(id), columns) {
                    let name_text = self.global_text(*name);
                    self.program.tables.push(Table {
                        name: name_text,
                        columns,
                        span: name.span,
                    });
                }
            }
            DeclarationKind::Type { name, options } => {
                // Sizes of types matter to CryptoVerif only.
                let _ = options;
                let id = TypeId(index(self.program.types.len()));
                if self.introduce(*name, Global::Type(id), Some(())).is_some() {
                    let name_text = self.global_text(*name);
                    self.program.types.push(Type {
                        name: name_text,
                        span: Some(name.span),
                    });
                }
            }
            // After the process, or gone already.
            DeclarationKind::Clauses(_)
            | DeclarationKind::Def { .. }
            | DeclarationKind::Expand { .. }
            | DeclarationKind::Hint { .. }
            | DeclarationKind::Ignored
            | DeclarationKind::Lemma { .. }
            | DeclarationKind::Main(_)
            | DeclarationKind::Not { .. }
            | DeclarationKind::Query { .. } => {}
        }
    }

    /// What may use everything, wherever it stands.
    pub(super) fn declare_late(&mut self, declaration: &'t Declaration) {
        match &declaration.kind {
            DeclarationKind::Clauses(rules) => self.clauses(rules),
            DeclarationKind::Hint { .. } => self.selection_hint(declaration),
            DeclarationKind::Lemma {
                kind,
                variables,
                parts,
            } => self.lemmas(*kind, variables, parts),
            DeclarationKind::Not { .. } => self.not_fact(declaration),
            DeclarationKind::Query { variables, parts } => self.queries(variables, parts),
            _ => {}
        }
    }

    /// Puts a new identifier into the one name space; `None` when it is
    /// there already or `content` is faulty.
    pub(super) fn introduce<T>(
        &mut self,
        name: Ident,
        global: Global,
        content: Option<T>,
    ) -> Option<T> {
        let symbol = self.renamed(name.symbol);
        if let Some(previous) = self.globals.get(&symbol) {
            if *previous != Global::Faulty {
                let text = self.text(symbol);
                let predefined = self.declaration_of(*previous).is_none();
                let message = if predefined {
                    format!("`{text}` is predefined")
                } else {
                    format!("`{text}` is already declared")
                };
                self.error(
                    name.span,
                    message,
                    Some(
                        "types, names, functions, predicates, events, tables and processes share \
                         one name space",
                    ),
                );
            }
            return None;
        }
        let entry = if content.is_some() {
            global
        } else {
            Global::Faulty
        };
        self.globals.insert(symbol, entry);
        content
    }

    pub(super) fn faulty(&mut self, name: Ident) {
        let symbol = self.renamed(name.symbol);
        self.globals.entry(symbol).or_insert(Global::Faulty);
    }

    /// The name under which a global is listed.
    pub(super) fn global_text(&self, name: Ident) -> String {
        self.text(self.renamed(name.symbol)).to_owned()
    }

    fn declaration_of(&self, global: Global) -> Option<Span> {
        let program = &self.program;
        match global {
            Global::Event(id) => Some(program.events.get(id.0 as usize)?.span),
            Global::Function(id) => program.functions.get(id.0 as usize)?.span,
            Global::Letfun(index) => Some(self.letfuns.get(index)?.name.span),
            Global::Macro(index) => Some(self.macros.get(index)?.name.span),
            Global::Name(id) => program.names.get(id.0 as usize)?.span,
            Global::Predicate(id) => Some(program.predicates.get(id.0 as usize)?.span),
            Global::Table(id) => Some(program.tables.get(id.0 as usize)?.span),
            Global::Type(id) => program.types.get(id.0 as usize)?.span,
            Global::Faulty | Global::Reserved => None,
        }
    }

    /// Options by name; an unknown one is an error.
    pub(super) fn flags(
        &mut self,
        options: &[Setting],
        known: &[&'static str],
    ) -> Vec<&'static str> {
        let mut flags = Vec::new();
        for option in options {
            let text = self.text(option.name.symbol);
            if let Some(variable) = option.variables.first()
                && text != "inductionOn"
            {
                let message = format!("the option `{text}` takes no value");
                self.error(variable.span, message, None);
            }
            match known.iter().find(|flag| **flag == text) {
                Some(flag) => {
                    if NO_EFFECT.contains(flag) {
                        self.warn(
                            option.name.span,
                            format!("the option `{text}` has no effect"),
                            Some("it steers the search, and this search is another one"),
                        );
                    }
                    flags.push(*flag);
                }
                None => {
                    let hint = if known.is_empty() {
                        "no option may stand here".to_owned()
                    } else {
                        format!("known options: {}", known.join(", "))
                    };
                    self.error(
                        option.name.span,
                        format!("unknown option `{text}`"),
                        Some(&hint),
                    );
                }
            }
        }
        flags
    }

    pub(super) fn ty(&mut self, name: Ident) -> Option<TypeId> {
        match self.global(name.symbol) {
            Some(Global::Type(id)) => Some(id),
            Some(Global::Faulty) => None,
            // The keyword is no identifier of the program.
            None if self.text(name.symbol) == "channel" => Some(TypeId::CHANNEL),
            Some(_) => {
                let text = self.text(name.symbol);
                self.error(name.span, format!("`{text}` is not a type"), None);
                None
            }
            None => {
                self.undeclared("the type", name.symbol, name.span, |_, global| {
                    matches!(global, Global::Type(_))
                });
                None
            }
        }
    }

    /// The type of a value: not one that exists for queries or predicates.
    pub(super) fn value_type(&mut self, name: Ident) -> Option<TypeId> {
        let ty = self.ty(name)?;
        if !matches!(ty, TypeId::ANY | TypeId::SID | TypeId::TIME) {
            return Some(ty);
        }
        let message = format!("the type `{}` is not allowed here", self.type_name(ty));
        let hint = if ty == TypeId::ANY {
            "it may only stand in `pred`"
        } else {
            "it may only stand in queries"
        };
        self.error(name.span, message, Some(hint));
        None
    }

    /// All types, or none when one is faulty; all errors are reported.
    pub(super) fn types(&mut self, names: &[Ident]) -> Option<Vec<TypeId>> {
        let narrow = self.arity_fits(names.get(ARITY_LIMIT).map(|name| name.span));
        let types: Vec<Option<TypeId>> = names.iter().map(|name| self.value_type(*name)).collect();
        narrow.and(types.into_iter().collect())
    }

    /// Refuses types whose values are all predefined.
    fn name_type(&mut self, ty: TypeId, span: Span) -> Option<TypeId> {
        if !matches!(ty, TypeId::BOOL | TypeId::NAT) {
            return Some(ty);
        }
        let message = format!(
            "a name or constant cannot have type `{}`",
            self.type_name(ty)
        );
        self.error(
            span,
            message,
            Some("all values of this type are predefined"),
        );
        None
    }

    fn free_name(&mut self, name: Ident, ty: TypeId, private: bool) {
        let id = NameId(index(self.program.names.len()));
        if self.introduce(name, Global::Name(id), Some(())).is_some() {
            let name_text = self.global_text(name);
            self.program.names.push(FreeName {
                name: name_text,
                ty,
                private,
                span: Some(name.span),
            });
        }
    }

    fn constants(&mut self, names: &[Ident], ty: Ident, options: &[Setting]) {
        let flags = self.flags(options, &["data", "private", "projection", "uniform"]);
        let ty = self
            .value_type(ty)
            .and_then(|id| self.name_type(id, ty.span));
        let both = flags.contains(&"data") && flags.contains(&"private");
        for name in names {
            let function = ty.map(|result| Function {
                name: self.global_text(*name),
                parameters: Vec::new(),
                result,
                kind: FunctionKind::Constructor {
                    data: flags.contains(&"data"),
                    type_converter: false,
                },
                private: flags.contains(&"private"),
                span: Some(name.span),
            });
            if both {
                let text = self.text(name.symbol);
                self.error(
                    name.span,
                    format!("`{text}` cannot be private and data at once"),
                    None,
                );
            }
            self.add_declared_function(*name, function);
        }
    }

    pub(super) fn add_declared_function(&mut self, name: Ident, function: Option<Function>) {
        let id = super::FunId(index(self.program.functions.len()));
        if let Some(function) = self.introduce(name, Global::Function(id), function) {
            self.add_function(function);
        }
    }

    fn constructor(
        &mut self,
        name: Ident,
        parameters: &[Ident],
        result: Ident,
        options: &[Setting],
    ) {
        // The last two are for CryptoVerif.
        let known = ["data", "private", "typeConverter", "projection", "uniform"];
        let flags = self.flags(options, &known);
        let types = self.types(parameters);
        let result = self.value_type(result);
        let data = flags.contains(&"data");
        let private = flags.contains(&"private");
        let type_converter = flags.contains(&"typeConverter");
        let text = self.global_text(name);
        let mut sound = true;
        if let Some(ty @ (TypeId::BOOL | TypeId::NAT)) = result {
            let message = format!("a constructor cannot return `{}`", self.type_name(ty));
            self.error(
                name.span,
                message,
                Some("declare a destructor with `reduc` instead"),
            );
            sound = false;
        }
        if type_converter && parameters.len() != 1 {
            self.error(
                name.span,
                format!(
                    "a type converter takes one argument, `{text}` takes {}",
                    parameters.len()
                ),
                None,
            );
            sound = false;
        }
        if private && (data || type_converter) {
            self.error(
                name.span,
                format!("`{text}` cannot be private and data or typeConverter at once"),
                Some("the attacker can take data apart and put it together"),
            );
            sound = false;
        }
        let function = match (types, result, sound) {
            (Some(parameters), Some(result), true) => Some(Function {
                name: text,
                parameters,
                result,
                kind: FunctionKind::Constructor {
                    data,
                    type_converter,
                },
                private,
                span: Some(name.span),
            }),
            _ => None,
        };
        self.add_declared_function(name, function);
    }

    /// Types of macro parameters, which must have different names.
    fn parameter_types(&mut self, parameters: &[tree::Parameter]) -> Vec<Option<TypeId>> {
        let mut types = Vec::with_capacity(parameters.len());
        for (position, parameter) in parameters.iter().enumerate() {
            let earlier = &parameters[..position];
            if earlier
                .iter()
                .any(|p| p.name.symbol == parameter.name.symbol)
            {
                let text = self.text(parameter.name.symbol);
                self.error(
                    parameter.name.span,
                    format!("the parameter `{text}` occurs twice"),
                    None,
                );
            }
            types.push(self.value_type(parameter.ty));
        }
        types
    }

    fn letfun(&mut self, name: Ident, parameters: &'t [tree::Parameter], body: &'t tree::Term) {
        let narrow = self.arity_fits(parameters.get(ARITY_LIMIT).map(|p| p.name.span));
        let types = self.parameter_types(parameters);
        let result = self.rehearse(|checker| {
            checker.bind_parameters(parameters, &types);
            Some(checker.term(body)?.ty)
        });
        let result = narrow.and(result);
        let id = Global::Letfun(self.letfuns.len());
        if self.introduce(name, id, Some(())).is_some() {
            self.letfuns.push(Definition {
                name,
                parameters,
                types,
                body,
                renaming: self.renaming,
                result,
            });
        }
    }

    fn process_macro(
        &mut self,
        name: Ident,
        parameters: &'t [tree::Parameter],
        body: &'t tree::Process,
    ) {
        let narrow = self.arity_fits(parameters.get(ARITY_LIMIT).map(|p| p.name.span));
        let types = self.parameter_types(parameters);
        let sound = self.rehearse(|checker| {
            checker.bind_parameters(parameters, &types);
            checker.process(body).map(|_| ())
        });
        let sound = narrow.and(sound);
        let id = Global::Macro(self.macros.len());
        if self.introduce(name, id, Some(())).is_some() {
            self.macros.push(Definition {
                name,
                parameters,
                types,
                body,
                renaming: self.renaming,
                result: sound,
            });
        }
    }
}

pub(super) fn index(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
